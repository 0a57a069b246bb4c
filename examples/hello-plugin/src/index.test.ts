import { Messaging } from '@waqtor/contracts'
import { fake, leftovers, snapshot, testKernel } from '@waqtor/kernel/testing'
import { describe, expect, it, vi } from 'vitest'
import greeter, { greet } from './index.ts'

// The test draws its line at Messaging: what is sent is looked at, nothing is sent.
const sendText = vi.fn(async () => ({ messageId: 'm1', timestamp: 1 }))
const fakes = [fake(Messaging, { sendText })]

describe('the greeter', () => {
  it('sends the configured greeting to whom it is told', async () => {
    await using test = await testKernel({ plugins: [greeter({ text: 'Ahlan' })], fakes })
    expect(await test.run(greet, { to: '+201001234567' })).toEqual({ messageId: 'm1' })
    const request = { instance: 'default', chatId: '+201001234567', text: 'Ahlan' }
    expect(sendText).toHaveBeenLastCalledWith(request, expect.anything())
  })

  it('refuses callers without its permission, and requests that it does not understand', async () => {
    await using test = await testKernel({ plugins: [greeter()], fakes })
    await expect(test.run(greet, { to: '1' }, { principal: null })).rejects.toMatchObject({ status: 401 })
    await expect(test.run(greet, { to: '1', loud: true } as never)).rejects.toMatchObject({ status: 400 })
  })

  it('leaves nothing behind', async () => {
    const before = snapshot()
    const test = await testKernel({ plugins: [greeter()], fakes })
    await test.kernel.close()
    expect(leftovers(before, snapshot(test.kernel)).filter((it) => it.includes('greeter'))).toEqual([])
  })
})

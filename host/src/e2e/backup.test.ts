import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { exitCodes } from '../exit-codes.ts'
import { Stack } from './fixtures/stack.ts'

interface Sent {
  readonly to: string
  readonly messageId: string
}

describe('a backup of a host that sends', () => {
  it('restored into a new directory has every message that was answered before it, and the keys', async () => {
    await using stack = await Stack.create()
    await stack.startNetwork()
    const host = await stack.startHost()
    const sent: Sent[] = []
    let over = false
    const send = async (lane: number) => {
      for (let i = 0; !over; i++) {
        const to = `20100${lane}${String(i).padStart(6, '0')}`
        const answer = await stack.request('POST', '/api/v2/messages/send-text', { chatId: to, text: `to ${to}` })
        if (answer.status === 200) sent.push({ to, messageId: answer.body.messageId })
      }
    }
    const sending = Promise.all([send(1), send(2), send(3)])
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(60), { timeout: 60_000, interval: 10 })

    const before = [...sent]
    const program = stack.run(['backup', '--name', 'live', '--to', join(stack.directory, 'elsewhere'), '--json'])
    expect(await program.exit(), program.lines.join('\n')).toBe(exitCodes.ok)
    const { path } = JSON.parse(program.lines.find((line) => line.startsWith('{'))!)
    expect(path).toBe(join(stack.directory, 'elsewhere/live'))
    const during = sent.length
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(during + 20), { timeout: 60_000, interval: 10 })

    const refused = stack.run(['restore', path, '--yes'])
    expect(await refused.exit()).toBe(exitCodes.busy)
    over = true
    await sending
    await host.end()

    const data = join(stack.directory, 'restored')
    const restored = stack.run(['restore', path, '--data', data])
    expect(await restored.exit(), restored.lines.join('\n')).toBe(exitCodes.ok)
    expect(readdirSync(join(data, 'instances/default'))).toEqual(['waqtor.db'])
    expect(existsSync(join(data, 'local-key'))).toBe(false)

    await stack.startHost({ data })
    const storage = await stack.request('GET', '/api/v2/storage')
    expect(storage.body.items.map((file: { state: string }) => file.state)).toEqual(['open', 'open'])
    for (const { to, messageId } of before) {
      const answer = await stack.request('GET', `/api/v2/messages/${messageId}`)
      expect(answer.body, answer.text).toMatchObject({ messageId, body: `to ${to}` })
    }
    const { body } = await stack.request('GET', '/api/v2/system/backups?verify=true')
    expect(body).toEqual({ items: [] })
  }, 180_000)
})

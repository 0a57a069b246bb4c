import { expect, it } from 'vitest'
import { fuzz } from './api-fuzz.ts'
import { startStock } from './stock.ts'
import { Seeds } from './stock-seeds.ts'

const seed = 1

it('B1: no input gives a 5xx, an undocumented status, or an answer that its schema refuses', async () => {
  await using stock = await startStock()
  await new Seeds(stock).connected('default')
  const target = { address: stock.address, key: stock.admin }
  const { sent, wrong, reached, operations, byStatus } = await fuzz(target, { seed, requests: 1_500, lanes: 8 })
  console.log(`seed ${seed}: ${sent} requests, ${reached} of ${operations} operations reached`, byStatus)
  expect(wrong.slice(0, 20).join('\n')).toBe('')
  expect(sent).toBe(1_500)
  // A generator whose requests are all refused would prove little.
  expect(reached).toBeGreaterThan(operations / 4)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect((await stock.ask('/health')).status).toBe(200)
})

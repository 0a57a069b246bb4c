import { expect, it } from 'vitest'
import { End } from '../library/end.ts'
import { AckWaits } from './ack-waits.ts'

const never = new End()

it('gives the first word of the server to the send that waits for it, and keeps it from others', async () => {
  const waits = new AckWaits()
  const wait = waits.begin('A')
  expect(waits.take('A', 1)).toBe(true)
  expect(waits.take('A', 2)).toBe(false)
  expect(await wait.first(60_000, never)).toBe(1)
})

it('lets others hear that a message was delivered, even when that is the first word', async () => {
  const waits = new AckWaits()
  const wait = waits.begin('A')
  expect(waits.take('A', 2)).toBe(false)
  expect(await wait.first(60_000, never)).toBe(2)
})

it('waits for a time only, and not beyond the end of the connection', async () => {
  const waits = new AckWaits()
  expect(await waits.begin('A').first(1, never)).toBe(0)
  const end = new End()
  end.come(new Error('gone'))
  await expect(waits.begin('B').first(60_000, end)).rejects.toThrow('gone')
})

it('knows nothing of a send that is over', () => {
  const waits = new AckWaits()
  waits.begin('A').end()
  expect(waits.take('A', 1)).toBe(false)
  expect(waits.take('B', 1)).toBe(false)
})

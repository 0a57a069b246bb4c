import { Database } from '@waqtor/contracts'
import { testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { describe, expect, it } from 'vitest'
import { BulkKeys, migrations } from './bulk-keys.ts'

async function keysAt(clock: { now: number }) {
  const test = await testKernel({ plugins: [memory()] })
  const database = test.service(Database)
  await database.migrate('rest-v1', 'host', migrations)
  return { keys: new BulkKeys(database, () => clock.now), close: () => test[Symbol.asyncDispose]() }
}

const bulk = { caller: 'key_1', key: 'k', requestHash: 'h' }

describe('the key of a bulk send', () => {
  it('leads to the campaign that was made under it, for a day', async () => {
    const clock = { now: 1_000 }
    const { keys, close } = await keysAt(clock)
    await keys.once(bulk, async (earlier) => {
      expect(earlier).toBeUndefined()
      await keys.bind(bulk, 'the campaign')
    })
    clock.now += 24 * 3_600_000
    expect(await keys.once(bulk, async (earlier) => earlier)).toBe('the campaign')
    clock.now += 1
    expect(await keys.once({ ...bulk, requestHash: 'other' }, async (earlier) => earlier)).toBeUndefined()
    await close()
  })

  it('is of one caller, for one request', async () => {
    const { keys, close } = await keysAt({ now: 1_000 })
    await keys.once(bulk, () => keys.bind(bulk, 'mine'))
    expect(await keys.once({ ...bulk, caller: 'key_2' }, async (earlier) => earlier)).toBeUndefined()
    const other = keys.once({ ...bulk, requestHash: 'other' }, async () => 'sent')
    await expect(other).rejects.toMatchObject({ code: 'WAQ_IDEMPOTENCY_MISMATCH', status: 422 })
    await close()
  })

  it('is taken while a request runs, and free again when nothing was made', async () => {
    const { keys, close } = await keysAt({ now: 1_000 })
    const failed = keys.once(bulk, async () => {
      const inside = keys.once(bulk, async () => 'twice')
      await expect(inside).rejects.toMatchObject({ code: 'WAQ_IDEMPOTENCY_IN_FLIGHT', status: 409, retryAfter: 1 })
      throw new Error('of the work')
    })
    await expect(failed).rejects.toThrow('of the work')
    expect(await keys.once({ ...bulk, requestHash: 'better' }, async () => 'sent')).toBe('sent')
    await close()
  })

  it('stays where a repetition fails, and where a campaign was made', async () => {
    const { keys, close } = await keysAt({ now: 1_000 })
    await keys.once(bulk, async () => 'sent')
    await expect(keys.once(bulk, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    const other = () => keys.once({ ...bulk, requestHash: 'other' }, async () => 'sent')
    await expect(other()).rejects.toMatchObject({ status: 422 })
    const made = { ...bulk, key: 'k2' }
    const started = keys.once(made, async () => {
      await keys.bind(made, 'made')
      throw new Error('not started')
    })
    await expect(started).rejects.toThrow('not started')
    expect(await keys.once(made, async (earlier) => earlier)).toBe('made')
    await close()
  })
})

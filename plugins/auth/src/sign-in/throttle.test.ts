import { Database } from '@waqtor/contracts'
import { testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { migrations } from '../schema.ts'
import { networkOf } from './network.ts'
import { type Subject, Throttle, waitAfter } from './throttle.ts'

const MINUTE = 60_000
const patience = { free: 3, firstMs: MINUTE, longestMs: 10 * MINUTE }
const mona: Subject = { id: 'name:mona', patience }
const omar: Subject = { id: 'name:omar', patience }
const office: Subject = { id: 'address:office', patience: { ...patience, free: 5 } }

async function throttled(
  run: (it: { throttle: () => Throttle; at: (now: number) => void; file: File }) => Promise<void>,
) {
  await using test = await testKernel({ plugins: [memory()] })
  const database = test.service(Database)
  await database.migrate('auth', 'host', migrations)
  const file = await database.open('host')
  let now = 0
  await run({
    file,
    at: (time) => {
      now = time
    },
    throttle: () => new Throttle(file, () => now),
  })
}
type File = Awaited<ReturnType<Database['open']>>

describe('the wait', () => {
  it('begins when the free tries are used up, doubles, and has an end', () => {
    const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 100].map((failures) => waitAfter(failures, patience) / MINUTE)
    expect(minutes).toEqual([0, 0, 0, 1, 2, 4, 8, 10, 10])
  })

  it('never shrinks as tries go on', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.nat(2_000), (a, b) => {
        const [few, many] = a < b ? [a, b] : [b, a]
        return waitAfter(few, patience) <= waitAfter(many, patience)
      }),
    )
  })
})

describe('the throttle', () => {
  it('lets tries through until one has to wait, and counts none of those that wait', () =>
    throttled(async ({ throttle, at }) => {
      for (let i = 0; i < 3; i++) await throttle().begin([mona])
      for (let i = 0; i < 5; i++)
        await expect(throttle().begin([mona])).rejects.toMatchObject({ code: 'WAQ_RATE_LIMITED', retryAfter: 60 })
      await throttle().begin([omar])
      at(MINUTE)
      await throttle().begin([mona])
      at(MINUTE + 1)
      await expect(throttle().begin([mona])).rejects.toMatchObject({ retryAfter: 120 })
    }))

  it('lets no more through at once than one after another', () =>
    throttled(async ({ throttle }) => {
      const one = throttle()
      const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => one.begin([mona])))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    }))

  it('forgives a right try: its own count is gone, the shared one as if it had not been', () =>
    throttled(async ({ throttle, file }) => {
      const one = throttle()
      for (let i = 0; i < 2; i++) await one.begin([mona, office])
      await file.write((tx) => one.succeedIn(tx, [mona], [office]))
      const rows = await file.all('SELECT subject, failures, blocked_until FROM auth_tries')
      expect(rows).toEqual([{ subject: office.id, failures: 1, blocked_until: 0 }])
    }))

  it('forgets by beginnings, and what lies a day back', () =>
    throttled(async ({ throttle, file, at }) => {
      const one = throttle()
      for (let i = 0; i < 3; i++) await one.begin([mona])
      await one.begin([omar, office])
      await file.write((tx) => one.forgetIn(tx, ['name:m', 'address:']))
      expect(await file.all('SELECT subject FROM auth_tries')).toEqual([{ subject: omar.id }])
      at(86_400_000)
      for (let i = 0; i < 3; i++) await one.begin([omar])
      at(2 * 86_400_000 + 1)
      await one.prune()
      expect(await file.all('SELECT subject FROM auth_tries')).toEqual([])
    }))

  it('makes nobody wait longer because a clock was set back', () =>
    throttled(async ({ throttle, at }) => {
      at(10 * 86_400_000)
      for (let i = 0; i < 3; i++) await throttle().begin([mona])
      at(0)
      await expect(throttle().begin([mona])).rejects.toMatchObject({ retryAfter: 600 })
    }))
})

describe('the network of an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', 'unknown'],
    [undefined, 'unknown'],
    ['elsewhere', 'elsewhere'],
  ])('of %j is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Derive, Passwords } from './passwords.ts'
import { Turns } from './turns.ts'

/** Counts how much work is done, and does none. */
function counting() {
  const work: { N: number; password: string }[] = []
  const derive: Derive = async (password, salt, length, { N }) => {
    work.push({ N: N!, password })
    return Buffer.concat([Buffer.from(password), salt], 200).subarray(0, length)
  }
  return { work, derive }
}

describe('passwords', () => {
  it('are kept as scrypt makes them, each with a salt of its own', async () => {
    const passwords = new Passwords(14)
    const [one, two] = await Promise.all([passwords.hash('four words in a row'), passwords.hash('four words in a row')])
    expect(one).toMatch(/^scrypt\$14\$[\w-]{22}\$[\w-]{43}$/)
    expect(one).not.toBe(two)
    expect(await passwords.verify('four words in a row', one)).toBe(true)
    expect(await passwords.verify('four words in a Row', one)).toBe(false)
    expect(await new Passwords(15).verify('four words in a row', one)).toBe(true)
    expect([passwords.isOld(one), new Passwords(15).isOld(one), passwords.isOld('?')]).toEqual([false, true, true])
  })

  it('cost N = 2^17, r = 8, p = 1 as the plugin is shipped', async () => {
    const { config } = await import('../config.ts')
    const options: unknown[] = []
    const passwords = new Passwords(config.parse({}).passwordCost, async (_, __, length, given) => {
      options.push(given)
      return Buffer.alloc(length)
    })
    await passwords.hash('x')
    expect(options).toEqual([{ N: 131_072, r: 8, p: 1, maxmem: 268_435_456 }])
  })

  it('cost the same work where there is nothing to compare with, and are never right then', async () => {
    const { work, derive } = counting()
    const passwords = new Passwords(17, derive)
    const kept = await passwords.hash('right')
    work.length = 0
    const answers = [
      await passwords.verify('right', kept),
      await passwords.verify('wrong', kept),
      await passwords.verify('right', undefined),
      await passwords.verify('right', 'what is no digest of ours'),
    ]
    expect(answers).toEqual([true, false, false, false])
    expect(work.map(({ N }) => N)).toEqual([131_072, 131_072, 131_072, 131_072])
  })

  it.each([1, 2])(
    'are worked on %d at a time, however many come, and no more wait than can be served',
    async (atOnce) => {
      let running = 0
      let most = 0
      const passwords = new Passwords(
        17,
        async (_, __, length) => {
          most = Math.max(most, ++running)
          await setImmediate()
          running--
          return Buffer.alloc(length)
        },
        atOnce,
      )
      const outcomes = await Promise.allSettled(Array.from({ length: 500 }, () => passwords.verify('x', undefined)))
      expect(most).toBe(atOnce)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(30 + atOnce)
    },
  )

  it('are the same however a keyboard writes them', async () => {
    const passwords = new Passwords(14)
    expect(await passwords.verify('cafe\u0301 au lait', await passwords.hash('caf\u00e9 au lait'))).toBe(true)
  })
})

describe('turns', () => {
  it('let two work at once, the next in order, and send away whom too many are before', async () => {
    const turns = new Turns({ atOnce: 2, mostWaiting: 2 })
    const doors = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
    const begun: number[] = []
    const work = (n: number) =>
      turns.take(async () => {
        begun.push(n)
        await doors[n]!.promise
        if (n === 1) throw new Error('failed')
        return n
      })
    const outcomes = [0, 1, 2, 3].map(work)
    await expect(work(4)).rejects.toMatchObject({ code: 'WAQ_RATE_LIMITED', retryAfter: 5 })
    expect(begun).toEqual([0, 1])
    doors[1]!.resolve()
    await expect(outcomes[1]).rejects.toThrow('failed')
    doors[0]!.resolve()
    doors[2]!.resolve()
    doors[3]!.resolve()
    expect(await Promise.all([outcomes[0], outcomes[2], outcomes[3]])).toEqual([0, 2, 3])
    expect(begun).toEqual([0, 1, 2, 3])
    doors[4]!.resolve()
    expect(await work(4)).toBe(4)
  })
})

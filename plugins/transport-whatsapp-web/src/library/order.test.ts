import { describe, expect, it } from 'vitest'
import { Gate } from './gate.ts'
import { Lane } from './lane.ts'
import { limited, TimeLimitError } from './limited.ts'

describe('a lane', () => {
  it('does one thing after another, also after one that failed', async () => {
    const lane = new Lane()
    const done: string[] = []
    const first = Promise.withResolvers<void>()
    const one = lane.run(async () => {
      await first.promise
      done.push('one')
      throw new Error('badly')
    })
    const two = lane.run(async () => done.push('two'))
    await Promise.resolve()
    expect(done).toEqual([])
    first.resolve()
    await expect(one).rejects.toThrow('badly')
    await two
    await lane.idle()
    expect(done).toEqual(['one', 'two'])
  })
})

describe('a gate', () => {
  it('lets so many through at once, and the next as soon as one is done', async () => {
    const gate = new Gate(2)
    const works = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
    const begun: number[] = []
    const all = works.map((work, i) =>
      gate.run(() => {
        begun.push(i)
        return work.promise
      }),
    )
    await Promise.resolve()
    expect(begun).toEqual([0, 1])
    works[0]!.reject(new Error('failed'))
    await expect(all[0]).rejects.toThrow('failed')
    await Promise.resolve()
    expect(begun).toEqual([0, 1, 2])
    works[1]!.resolve()
    works[2]!.resolve()
    await Promise.all(all.slice(1))
    await gate.run(async () => begun.push(3))
    expect(begun).toEqual([0, 1, 2, 3])
  })
})

describe('a time limit', () => {
  it('is told from what the work itself says', async () => {
    await expect(limited(1, 'a look', new Promise(() => {}))).rejects.toThrow(
      new TimeLimitError('a look took more than 1 ms'),
    )
    await expect(limited(60_000, 'a look', Promise.reject(new Error('own')))).rejects.toThrow('own')
    expect(await limited(60_000, 'a look', Promise.resolve(1))).toBe(1)
  })
})

import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { LargeBodies } from './large-bodies.ts'

const KB = 1_000

/** A body that comes as it is written. */
function arriving(bytes: number) {
  const body = new PassThrough({ highWaterMark: 100_000 * KB })
  body.write(Buffer.alloc(bytes, 'x'))
  return { body, stream: () => body }
}

it('B3: large bodies that are under way at once are held to a limit together, small ones are read all the same', async () => {
  const bodies = new LargeBodies(2_000 * KB, 5_000 * KB)
  const slow = [arriving(2_000 * KB), arriving(2_000 * KB)]
  const reading = slow.map((it) => bodies.read(it))
  // Their beginnings are in memory once this one, which came later, has been read.
  const small = arriving(900 * KB)
  small.body.end()
  expect(await bodies.read(small)).toHaveLength(900 * KB)

  const large = arriving(1_900 * KB)
  await expect(bodies.read(large)).rejects.toMatchObject({ code: 'WAQ_RATE_LIMITED', status: 429, retryAfter: 5 })
  const later = arriving(900 * KB)
  later.body.end()
  expect(await bodies.read(later)).toHaveLength(900 * KB)

  slow[0]!.body.destroy(new Error('gone'))
  slow[1]!.body.end()
  await expect(reading[0]).rejects.toThrow('gone')
  expect(await reading[1]).toHaveLength(2_000 * KB)
  // Nothing is counted any more.
  for (let i = 0; i < 5; i++) {
    const again = arriving(1_900 * KB)
    again.body.end()
    expect(await bodies.read(again)).toHaveLength(1_900 * KB)
  }
})

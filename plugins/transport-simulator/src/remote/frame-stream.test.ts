import { Duplex, duplexPair } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameStream } from './frame-stream.ts'

/** A stream that hears what a test says, and keeps what is written to it. */
function wire() {
  const written: string[] = []
  const stream = new Duplex({
    read() {},
    write(chunk, _, done) {
      written.push(String(chunk))
      done()
    },
  })
  const frames: unknown[] = []
  const ends: string[] = []
  const events = { frame: (it: unknown) => frames.push(it), closed: (it: string) => ends.push(it) }
  return { stream, written, frames, ends, events }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('frames on a stream', () => {
  it('arrive as they were sent, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        async (all, size) => {
          const { stream, frames, events } = wire()
          const bytes = Buffer.from(all.map((it) => `${JSON.stringify(it)}\n`).join(''))
          const head = bytes.subarray(0, size)
          new FrameStream(stream, events, head)
          for (let i = size; i < bytes.length; i += size) stream.push(bytes.subarray(i, i + size))
          stream.push(null)
          await new Promise((resolve) => stream.once('close', resolve))
          expect(frames).toEqual(JSON.parse(JSON.stringify(all)))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('go out in one write when they were sent in one turn', async () => {
    const { stream, written, events } = wire()
    const frames = new FrameStream(stream, events)
    frames.send({ a: 1 })
    frames.send({ b: 2 })
    await turn()
    frames.send({ c: 3 })
    frames.close()
    frames.send({ d: 4 })
    await turn()
    expect(written).toEqual(['{"a":1}\n{"b":2}\n', '{"c":3}\n'])
  })

  it('end once, with the reason', async () => {
    for (const [what, reason] of [
      [(it: Duplex) => it.push('no json\n{"late":1}\n'), /not JSON/],
      [(it: Duplex) => it.push('x'.repeat(1_000_001)), /too long/],
      [(it: Duplex) => it.push(null), /other side/],
      [(it: Duplex) => it.destroy(new Error('cable cut')), /cable cut/],
      [(it: Duplex) => it.destroy(), /closed/],
    ] as const) {
      const { stream, frames, ends, events } = wire()
      new FrameStream(stream, events)
      what(stream)
      await new Promise((resolve) => stream.once('close', resolve))
      await turn()
      expect(ends).toHaveLength(1)
      expect(ends[0]).toMatch(reason)
      expect(frames).toEqual([])
    }
  })

  it('are not kept for a side that does not read', async () => {
    const [left] = duplexPair()
    const ends: string[] = []
    const frames = new FrameStream(left, { frame: () => {}, closed: (it) => ends.push(it) })
    const body = 'x'.repeat(1_048_576)
    for (let i = 0; i < 80; i++) {
      frames.send({ body })
      await turn()
    }
    expect(ends).toEqual(['the other side does not read'])
  })
})

import { describe, expect, it } from 'vitest'
import { guardedParser } from './guarded-parser.ts'

/** A document of so many levels. */
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** What becomes of packets that come one after another. */
function read(...packets: readonly (string | Buffer)[]): { readonly data: unknown[]; readonly refused: string[] } {
  const refused: string[] = []
  const data: unknown[] = []
  const decoder = new (guardedParser((why) => refused.push(why)).Decoder)()
  decoder.on('decoded', (packet) => data.push(packet.data))
  try {
    for (const it of packets) decoder.add(it)
  } catch (error) {
    // Nothing but what was refused is told: socket.io itself sees to the rest.
    if (refused.length === 0) throw error
  }
  return { data, refused }
}

describe('a packet', () => {
  it.each([
    ['an event', '2["x",', ']'],
    ['an event of a channel', '2/things,["x",', ']'],
    ['a question', '2/things,17["x",', ']'],
    ['an answer', '3/things,17["x",', ']'],
    ['an event with bytes', '51-/things,["x",{"_placeholder":true,"num":0},', ']'],
    ['an answer with bytes', '61-/things,17[{"_placeholder":true,"num":0},', ']'],
    ['an event of a channel whose name opens a string', '2/a"b,["x",', ']'],
    ['an event of a channel whose name escapes', '2/a\\"\\,["x",', ']'],
    ['an event with bytes of a channel whose name opens a string', '51-/a-"b,["x",{"_placeholder":true,"num":0},', ']'],
    ['an opening', '0/things,{"a":', '}'],
    ['an opening of a channel whose name opens a string', '0/a"b,{"a":', '}'],
    ['an opening whose type is a space', ' {"a":', '}'],
    ['a refusal', '4/things,{"a":', '}'],
  ])('that is %s is read up to 35 levels, and no deeper', (_, before, after) => {
    const bytes = /^[56]/.test(before) ? [Buffer.from('x')] : []
    expect(read(before + nested(34) + after, ...bytes)).toMatchObject({ data: [expect.anything()], refused: [] })
    expect(read(before + nested(35) + after, ...bytes)).toEqual({
      data: [],
      refused: [expect.stringContaining('nested more than')],
    })
  })

  it('may say what looks nested in its strings', () => {
    const text = `${'['.repeat(100)}"{`
    expect(read(`2/things,${JSON.stringify(['x', text])}`)).toEqual({ data: [['x', text]], refused: [] })
  })

  it.each(['0/things,', '0', ' '])('that opens a channel (%o) is read up to 8,000 characters, and no more', (start) => {
    const opening = (length: number) => {
      const empty = `${start}{"token":""}`
      return empty.replace('""', `"${'x'.repeat(length - empty.length)}"`)
    }
    expect(read(opening(8_000))).toMatchObject({ data: [{ token: expect.any(String) }], refused: [] })
    expect(read(opening(8_001))).toEqual({ data: [], refused: [expect.stringContaining('opens a channel')] })
  })

  it('that opens a channel may not have a name without an end, either', () => {
    expect(read(`0/${'x'.repeat(8_000)}`).refused).toHaveLength(1)
  })

  it('that is an event may be long, and comes with its bytes as it was', () => {
    const long = 'x'.repeat(900_000)
    const bytes = Buffer.from('[['.repeat(100))
    expect(read(`51-/things,["x","${long}",{"_placeholder":true,"num":0}]`, bytes)).toEqual({
      data: [['x', long, bytes]],
      refused: [],
    })
  })
})

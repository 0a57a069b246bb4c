import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileOf, wholeTable } from './fixtures/files.ts'
import { JsonObjects } from './json-objects.ts'
import { defaultLimits } from './table.ts'

const cut = (...pieces: readonly string[]) => {
  const objects = new JsonObjects(defaultLimits)
  return [...pieces.flatMap((it) => objects.push(it)), ...objects.end()]
}

/** Where an object ends, found by reading on from its beginning, character by character. */
function endOf(text: string, from: number): number {
  let depth = 0
  let inString = false
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (char === '\n') inString = false
    else if (inString && char === '\\' && text[at + 1] !== '\n') at++
    else if (char === '"') inString = !inString
    else if (!inString && char === '{') depth++
    else if (!inString && char === '}' && --depth === 0) return at + 1
  }
  return -1
}

/** The pieces of a text, each looked for on its own. */
function slowly(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at < text.length; ) {
    if (/[\s,[\]]/.test(text[at]!)) {
      at++
      continue
    }
    const lineEnd = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at)
    const end = text[at] === '{' ? endOf(text, at) : lineEnd
    found.push(text.slice(at, end < 0 ? lineEnd : end))
    at += found.at(-1)!.length
  }
  return found
}

describe('JsonObjects', () => {
  it('finds what one finds who looks for the end of each object anew, wherever the pieces end', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', '\n', ',', 'a', ' '), maxLength: 40 })
    fc.assert(
      fc.property(text, fc.nat(40), (whole, at) => {
        const found = cut(whole.slice(0, at), whole.slice(at))
        // What is cut off early is a piece of its own; the whole stays what it was.
        expect(cut(whole).map((it) => it.text)).toEqual(slowly(whole))
        expect(found.map((it) => it.text).join('')).toBe(slowly(whole).join(''))
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('B8: a JSON file that is made to take long', () => {
  it('by an object on each line that is never closed is read once, and the lines in between are kept', async () => {
    const lines = 50_000
    const path = fileOf(`{"phone":1}\n${'{\n'.repeat(lines)}{"phone":2}\n`, 'people.json')
    const { rows, rejected } = await wholeTable(path)
    expect(rows.map((it) => [it.line, it.values[0]])).toEqual([
      [1, '1'],
      [lines + 2, '2'],
    ])
    expect(rejected).toHaveLength(lines)
  })
})

describe('B2: an object that is nested too deep', () => {
  const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`

  it.each([10, 31])('may be nested %i deep', async (depth) => {
    const text = `{"phone":1,"x":${nested(depth, '[', ']')}}\n{"phone":2,"x":${nested(depth, '{"a":', '}')}}`
    const { rows, rejected } = await wholeTable(fileOf(text, 'people.json'))
    expect([rows.length, rejected]).toEqual([2, []])
  })

  it.each([32, 1_000, 10_000, 150_000])('costs its line when it is nested %i deep, and no other', async (depth) => {
    const text = `{"phone":1,"x":${nested(depth, '[', ']')}}\n{"phone":2,"x":${nested(depth, '{"a":', '}')}}\n{"phone":3,"x":1}`
    const { rows, rejected } = await wholeTable(fileOf(text, 'people.json'))
    expect(rows.map((it) => it.line)).toEqual([3])
    expect(rejected.map((it) => [it.line, it.reason])).toEqual([
      [1, 'it is nested more than 32 deep'],
      [2, 'it is nested more than 32 deep'],
    ])
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDotEnv } from './dotenv.ts'

test('values come with the lines that they stand in', () => {
  const { values, lines, problems } = readDotEnv('# ours\n\nWAQTOR_PORT=9000\nexport NAME="two words"\n', '.env')
  expect(Object.fromEntries(values)).toEqual({ WAQTOR_PORT: '9000', NAME: 'two words' })
  expect(Object.fromEntries(lines)).toEqual({ WAQTOR_PORT: 3, NAME: 4 })
  expect(problems).toEqual([])
})

test('a line that says nothing is a problem with its place', () => {
  const { problems } = readDotEnv('A=1\nWAQTOR_PORT 9000\n', '.env')
  expect(problems).toMatchObject([{ source: '.env', position: { line: 2, column: 1 }, code: 'WAQ_OPTION_INVALID' }])
})

test('a quoted value may go over lines', () => {
  const { values, lines, problems } = readDotEnv('TEXT="one\nnot = a line\nthree"\nB=2', '.env')
  expect(values.get('TEXT')).toBe('one\nnot = a line\nthree')
  expect(lines.get('B')).toBe(4)
  expect(problems).toEqual([])
})

test('whatever the text, reading it ends and names only lines that are there', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AB=1#"\'\n ') }), (text) => {
      const { lines, problems } = readDotEnv(text, '.env')
      const count = text.split('\n').length
      for (const it of [...lines.values(), ...problems.map((it) => it.position?.line ?? 0)]) {
        expect(it).toBeGreaterThan(0)
        expect(it).toBeLessThanOrEqual(count)
      }
    }),
  )
})

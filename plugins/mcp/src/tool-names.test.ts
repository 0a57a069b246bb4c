import { expect, it } from 'vitest'
import { toolNames } from './tool-names.ts'

it('makes a name that every client takes, and leads back to the id', () => {
  expect([...toolNames(['messages.sendText', 'a-b.c'])]).toEqual([
    ['a-b_c', 'a-b.c'],
    ['messages_sendText', 'messages.sendText'],
  ])
})

it('gives two ids two names, the same ones in whatever order they come', () => {
  const ids = ['a.b_c', 'a_b.c', 'a.b.c', `long.${'x'.repeat(80)}1`, `long.${'x'.repeat(80)}2`]
  const names = toolNames(ids)
  expect(names).toEqual(toolNames(ids.toReversed()))
  expect(new Set(names.values())).toEqual(new Set(ids))
  expect([...names.keys()].slice(0, 3)).toEqual(['a_b_c', 'a_b_c_2', 'a_b_c_3'])
  for (const name of names.keys()) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
})

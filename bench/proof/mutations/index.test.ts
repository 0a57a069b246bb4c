import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { shortForm } from '../kit/short-form.ts'
import { mutations as ordeal } from './index.ts'
import { edited, mutations } from './snippets.ts'

it.each(Object.entries(mutations))('the product says once what is taken away: %s', (_, edits) => {
  for (const edit of edits) {
    const source = readFileSync(new URL(`../../../${edit.file}`, import.meta.url), 'utf8')
    expect(edited(source, [edit])).not.toBe(source)
  }
})

it('a snippet that is not there is an error that names it', () => {
  const edit = { file: 'a.ts', find: 'gone', replace: 'x' }
  expect(() => edited('here', [edit])).toThrow('a.ts says 0 times what is to be replaced once; mend snippets.ts: gone')
})

shortForm(ordeal)

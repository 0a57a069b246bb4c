import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { routeNames } from './testing/index.ts'

it('docs/rest-v1.md names every route, and none that is not there', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/rest-v1.md'), 'utf8')
  const named = [...text.matchAll(/^\| `([A-Z]+) \/api(\/[^`]*)` \|/gm)].map(([, method, path]) => `${method} ${path}`)
  expect(named.sort()).toEqual(
    routeNames()
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  )
})

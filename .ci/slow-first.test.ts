import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { slowFirst, slowFolders } from './slow-first.ts'
import { root } from './workspace.ts'

it('files of slow folders come first, and the order is kept otherwise', () => {
  const files = ['kernel/src/b.test.ts', 'bench/proof/x.test.ts', 'kernel/src/a.test.ts', '.ci/y.test.ts']
  const sorted = slowFirst(files.map((it) => ({ moduleId: join(root, it) })))
  expect(sorted.map(({ moduleId }) => moduleId)).toEqual([1, 3, 0, 2].map((it) => join(root, files[it]!)))
})

it('the slow folders are there', () => {
  expect(slowFolders.filter((it) => !existsSync(join(root, it)))).toEqual([])
})

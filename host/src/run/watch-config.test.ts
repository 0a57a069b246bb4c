import { renameSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { makeProject } from '../testing/project.ts'
import { watchFile } from './watch-config.ts'

/** Resolves at the next call. */
function nextCall(): { readonly seen: Promise<void>; readonly call: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { seen: promise, call: resolve }
}

test('writing to the file and replacing it are both seen', async () => {
  using project = makeProject({ 'waqtor.config.ts': '1' })
  let next = nextCall()
  const unwatch = watchFile(project.config, () => next.call(), { quietMs: 1 })
  project.write('waqtor.config.ts', '2')
  await next.seen
  next = nextCall()
  project.write('draft', '3')
  renameSync(project.path('draft'), project.config)
  await next.seen
  unwatch()
})

test('other files are none of its business, and after the undo nothing is', async () => {
  using project = makeProject({ 'waqtor.config.ts': '1' })
  const changed = vi.fn()
  const unwatch = watchFile(project.config, changed, { quietMs: 1 })
  const witness = nextCall()
  const unwatchWitness = watchFile(project.path('other'), witness.call, { quietMs: 20 })
  project.write('other', '1')
  await witness.seen
  expect(changed).not.toHaveBeenCalled()

  unwatch()
  const second = nextCall()
  unwatchWitness()
  const unwatchSecond = watchFile(project.config, second.call, { quietMs: 20 })
  project.write('waqtor.config.ts', '2')
  await second.seen
  expect(changed).not.toHaveBeenCalled()
  unwatchSecond()
})

test('a directory that is not there is told', () => {
  expect(() => watchFile('/gone/waqtor.config.ts', () => {})).toThrow('ENOENT')
})

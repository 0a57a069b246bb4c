import { expect, test } from 'vitest'
import { makeProject } from '../testing/project.ts'
import { type Crash, forgetCrashes, readCrashes, reasonForSafeMode, recordCrash } from './crash-book.ts'

const crash = (time: number, plugin: string | null = 'theirs'): Crash => ({ time, plugin, message: 'boom' })
const official = new Set(['http'])
const minute = 60_000

test.each<[string, Crash[], boolean]>([
  ['three in five minutes', [crash(0), crash(minute), crash(4 * minute)], true],
  ['three of nobody known', [crash(0, null), crash(1, null), crash(2, null)], true],
  ['two', [crash(0), crash(minute)], false],
  ['three, one of them long ago', [crash(-minute), crash(minute), crash(4 * minute)], false],
  [
    'three of an official plugin, which would be started all the same',
    [crash(0, 'http'), crash(1, 'http'), crash(2, 'http')],
    false,
  ],
  ['three, one of them in the future of a clock that went back', [crash(0), crash(1), crash(99 * minute)], false],
])('safe mode after %s', (_, crashes, expected) => {
  expect(reasonForSafeMode(crashes, 5 * minute, official) !== undefined).toBe(expected)
})

test('crashes are kept, the last of them, until a start comes up', () => {
  using project = makeProject()
  expect(readCrashes(project.directory)).toEqual([])
  for (let i = 0; i < 25; i++) recordCrash(project.directory, crash(i))
  expect(readCrashes(project.directory).map((it) => it.time)).toEqual(Array.from({ length: 20 }, (_, i) => i + 5))
  forgetCrashes(project.directory)
  expect(readCrashes(project.directory)).toEqual([])
})

test('a book that cannot be read is an empty one', () => {
  using project = makeProject({ 'crashes.json': '[{ "time": "x" }]' })
  expect(readCrashes(project.directory)).toEqual([])
})

test('one that cannot be written says so and leaves nothing behind', () => {
  using project = makeProject()
  expect(() => recordCrash(project.path('gone'), crash(0))).toThrow('ENOENT')
})

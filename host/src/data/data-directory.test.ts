import { chmodSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeProject } from '../testing/project.ts'
import { prepareDataDirectory } from './data-directory.ts'

test('it is made with everything above it, for this user alone', async () => {
  using project = makeProject()
  await prepareDataDirectory(project.path('a', 'b'))
  expect(statSync(project.path('a', 'b')).mode & 0o777).toBe(0o700)
})

test('one that others may look into is closed', async () => {
  using project = makeProject({ 'data/x': '' })
  chmodSync(project.path('data'), 0o755)
  await prepareDataDirectory(project.path('data'))
  expect(statSync(project.path('data')).mode & 0o777).toBe(0o700)
})

test.each([
  ['data', 'something on that path is a file'],
  ['data/inside', 'something on that path is a file'],
])('%s, where data is a file: %s', async (name, reason) => {
  using project = makeProject({ data: 'a file' })
  await expect(prepareDataDirectory(project.path(name))).rejects.toMatchObject({
    code: 'WAQ_DATA_DIRECTORY',
    message: expect.stringContaining(reason),
  })
})

test('what the system says is passed on in other cases', async () => {
  await expect(prepareDataDirectory('/proc/waqtor')).rejects.toMatchObject({
    code: 'WAQ_DATA_DIRECTORY',
    message: expect.stringContaining("'/proc/waqtor' cannot be used"),
  })
})

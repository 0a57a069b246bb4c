import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeProject } from '../testing/project.ts'
import { waqtor } from '../testing/waqtor-process.ts'
import { lockDataDirectory, readHolder, tryLock } from './lock.ts'

test('one holder at a time, and the next one once it lets go', async () => {
  using project = makeProject()
  const first = await lockDataDirectory(project.directory, { what: 'start' })
  expect(tryLock(project.directory, 'call')).toBeUndefined()
  expect(readHolder(project.directory)).toMatchObject({ pid: process.pid, hostname: hostname(), what: 'start' })
  first.release()
  first.release()
  expect(readHolder(project.directory)).toBeUndefined()
  tryLock(project.directory, 'call')?.release()
})

test('the refusal names the holder', async () => {
  using project = makeProject()
  const first = await lockDataDirectory(project.directory, { what: 'start' })
  await expect(lockDataDirectory(project.directory, { what: 'dev', waitMs: 60_000 })).rejects.toMatchObject({
    code: 'WAQ_HOST_RUNNING',
    message: expect.stringMatching(
      new RegExp(`in use by process ${process.pid} on ${hostname()} \\(waqtor start, since `),
    ),
  })
  first.release()
})

test('a command that holds it for a moment is waited for', async () => {
  using project = makeProject()
  const first = await lockDataDirectory(project.directory, { what: 'call' })
  const second = lockDataDirectory(project.directory, { what: 'start', waitMs: 60_000 })
  await delay(1)
  first.release()
  ;(await second).release()
})

test('a label that is missing or broken does not matter', async () => {
  using project = makeProject()
  const first = await lockDataDirectory(project.directory, { what: 'start' })
  writeFileSync(project.path('lock.json'), '{ "pid": ')
  await expect(lockDataDirectory(project.directory, { what: 'start' })).rejects.toThrow('in use by another process')
  first.release()
})

test('its files belong to this user alone', async () => {
  using project = makeProject()
  mkdirSync(project.path('data'))
  const lock = await lockDataDirectory(project.path('data'), { what: 'start' })
  for (const it of readdirSync(project.path('data')))
    expect(statSync(project.path('data', it)).mode & 0o077, it).toBe(0)
  lock.release()
})

test('a directory that is not there is told', async () => {
  using project = makeProject()
  await expect(lockDataDirectory(project.path('gone'), { what: 'start' })).rejects.toMatchObject({
    code: 'WAQ_DATA_DIRECTORY',
  })
})

test('a second host refuses, names the first and ends with its own code; after kill -9 nothing is in the way', async () => {
  using project = makeProject({ 'waqtor.config.ts': 'export default { plugins: [] }' })
  const at = { cwd: project.directory }
  await using first = waqtor(['start'], at)
  await first.out.seen(/"ready"/)
  await using second = waqtor(['start'], at)
  expect(await second.ended).toBe(75)
  expect(second.err.text).toContain(`in use by process ${first.pid} on ${hostname()}`)

  first.kill('SIGKILL')
  await first.ended
  await using third = waqtor(['start'], at)
  await third.out.seen(/"ready"/)
  third.kill('SIGTERM')
  expect(await third.ended).toBe(0)
})

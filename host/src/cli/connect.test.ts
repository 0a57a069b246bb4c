import { expect, onTestFinished, test } from 'vitest'
import { tryLock } from '../data/lock.ts'
import { fakeWorld } from '../testing/fake-world.ts'
import { configOf, plugins } from '../testing/plugins.ts'
import { makeProject, type Project } from '../testing/project.ts'
import { Cli } from './cli.ts'
import { connect } from './connect.ts'

function cliIn(project: Project): Cli {
  const cli = new Cli(fakeWorld([], { cwd: project.directory }), { json: false, verbose: false })
  onTestFinished(() => cli.stop.close())
  return cli
}

function projectOf(): Project {
  const project = makeProject({ 'plugins.ts': plugins, 'waqtor.config.ts': configOf('greeter()'), 'data/x': '' })
  onTestFinished(() => project[Symbol.dispose]())
  return project
}

test('a holder that serves nothing is named, after some patience', async () => {
  const project = projectOf()
  const lock = tryLock(project.path('data'), 'start')
  await expect(connect(cliIn(project), { patienceMs: 0 })).rejects.toMatchObject({
    code: 'WAQ_HOST_UNREACHABLE',
    message: expect.stringContaining(`process ${process.pid} (waqtor start) holds the data directory`),
  })
  lock?.release()
})

test('what an earlier host has left behind leads nobody astray', async () => {
  const project = projectOf()
  project.write('data/host.json', JSON.stringify({ pid: 1, address: 'http://127.0.0.1:1', version: '1', since: '' }))
  const lock = tryLock(project.path('data'), 'start')
  await expect(connect(cliIn(project), { patienceMs: 0 })).rejects.toThrow('serves no HTTP')
  lock?.release()
})

test('a command that holds the directory for a moment is waited for', async () => {
  const project = projectOf()
  const lock = tryLock(project.path('data'), 'call')
  const connecting = connect(cliIn(project))
  lock?.release()
  await using client = await connecting
  expect(await client.execute('greeter.greet', { to: 'Mona' })).toMatchObject({ text: 'Hello, Mona' })
})

test('a call ends when its own signal says so', async () => {
  await using client = await connect(cliIn(projectOf()))
  const own = new AbortController()
  expect(await client.execute('greeter.greet', { to: 'Mona' }, { signal: own.signal })).toMatchObject({ via: 'cli' })
})

import { existsSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { main } from '../cli/main.ts'
import { readCrashes } from '../data/crash-book.ts'
import { exitCodes } from '../exit-codes.ts'
import { type FakeWorld, fakeWorld } from '../testing/fake-world.ts'
import { configOf, plugins } from '../testing/plugins.ts'
import { makeProject, type Project } from '../testing/project.ts'

interface Running {
  readonly project: Project
  readonly world: FakeWorld
  readonly ended: Promise<number>
  /** Log lines with this text, oldest first. */
  logged(message: string): Record<string, unknown>[]
}

/** Runs `waqtor start …` in this process. */
function run(
  project: Project,
  argv: readonly string[] = ['start', '--json'],
  env: Record<string, string> = {},
): Running {
  const world = fakeWorld(argv, { cwd: project.directory, env })
  const ended = main(world)
  onTestFinished(async () => {
    world.emit('SIGTERM')
    await ended
  })
  const lines = () => world.out.lines.map((it) => JSON.parse(it) as Record<string, unknown>)
  return { project, world, ended, logged: (message) => lines().filter((it) => String(it.msg).includes(message)) }
}

function start(entries: string, argv?: readonly string[], more?: string): Running {
  const project = makeProject({ 'plugins.ts': plugins, 'waqtor.config.ts': configOf(entries, more) })
  onTestFinished(() => project[Symbol.dispose]())
  return run(project, argv)
}

/** Where a plugin never answers, the test need not wait for long. */
const short = 'stopTimeoutMs: 200'

const ready = ({ world }: Running) => world.out.seen(/"msg":"ready"/)

describe('from start to stop', () => {
  test('SIGTERM ends it in order, with 0, and leaves nothing behind', async () => {
    const running = start('bell(), clock()')
    await ready(running)
    const { world, project, ended, logged } = running
    expect(statSync(project.path('data')).mode & 0o777).toBe(0o700)
    world.emit('SIGTERM')
    expect(await ended).toBe(exitCodes.ok)
    expect(logged('up').map((it) => it.plugin)).toEqual(['clock', 'bell'])
    expect(logged('down').map((it) => it.plugin)).toEqual(['bell', 'clock'])
    expect(logged('stopping')).toMatchObject([{ signal: 'SIGTERM' }])
    expect(world.listeners()).toBe(0)
    expect(existsSync(project.path('data', 'lock.json'))).toBe(false)
    expect(world.exits).toEqual([])
  })

  test('the second signal ends it at once', async () => {
    const running = start(`rogue({ how: 'hangs at the end' })`, undefined, short)
    await ready(running)
    running.world.emit('SIGINT')
    await running.world.out.seen(/stopping/)
    running.world.emit('SIGINT')
    expect(running.world.exits).toEqual([130])
  })

  test('a signal during the start is obeyed', async () => {
    const running = start(`clock(), rogue({ how: 'never starts' })`, undefined, short)
    await running.world.out.seen(/"msg":"up"/)
    running.world.emit('SIGTERM')
    expect(await running.ended).toBe(exitCodes.crashed)
    expect(running.logged('the stop took more than 0.2 s')).toMatchObject([{ level: 'error' }])
    expect(readCrashes(running.project.path('data'))).toEqual([])
  })

  test('for people there is a welcome beside the log, and a terminal gets both as text', async () => {
    const piped = start('clock()', ['start'])
    await ready(piped)
    await piped.world.err.seen(/is ready \(\d+ ms\)\n {2}Data {8}data\n {2}Config {6}waqtor.config.ts \(changes/)
    const project = makeProject({ 'plugins.ts': plugins, 'waqtor.config.ts': configOf('clock()') })
    onTestFinished(() => project[Symbol.dispose]())
    const world = fakeWorld(['start', '--no-watch'], { cwd: project.directory, terminal: true })
    const ended = main(world)
    await world.out.seen(/is ready/)
    expect(world.out.text).toMatch(/clock: up/)
    world.emit('SIGHUP')
    expect(await ended).toBe(exitCodes.ok)
    expect(world.err.text).toBe('')
  })

  test('dev logs everything', async () => {
    const running = start('clock()', ['dev', '--json'])
    await ready(running)
    expect(running.logged('ready')).toHaveLength(1)
  })

  test('with a server it says where, and the command line finds it', async () => {
    const running = start('memory(), events(), auth(), http({ port: 0 }), rest(), greeter()', [
      'start',
      '--json',
      '--host',
      '127.0.0.1',
    ])
    await ready(running)
    const [{ address } = {}] = running.logged('ready') as { address?: string }[]
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const asking = fakeWorld(['call', 'greeter.greet', '{ "to": "Mona" }', '--idempotency-key', 'k1', '--json'], {
      cwd: running.project.directory,
    })
    expect(await main(asking)).toBe(exitCodes.ok)
    expect(JSON.parse(asking.out.text)).toEqual({ text: 'Hello, Mona', via: 'rest', key: 'k1' })

    const wrong = fakeWorld(['call', 'greeter.greet', '{ "to": 5 }'], { cwd: running.project.directory })
    expect(await main(wrong)).toBe(exitCodes.failed)
    expect(wrong.err.text).toMatch(/waqtor: .*'greeter.greet'.*\n {2}to: /s)
    const unknown = fakeWorld(['call', 'greeter.great', '--json'], { cwd: running.project.directory })
    expect(await main(unknown)).toBe(exitCodes.failed)
    expect(JSON.parse(unknown.err.text)).toMatchObject({ error: { code: 'WAQ_COMMAND_UNKNOWN' } })
    running.world.emit('SIGTERM')
    await running.ended
    expect(existsSync(running.project.path('data', 'host.json'))).toBe(false)
  })

  test('what a plugin has for the person at the console is shown with the welcome, and later at once', async () => {
    const running = start('memory(), auth()', ['start'])
    await ready(running)
    const [, token] = await running.world.err.seen(
      / {2}Set-up {6}the token ([0-9a-f]{40}) makes the first administrator/,
    )
    expect(running.world.out.text).not.toContain(token)
    running.project.write('waqtor.config.ts', configOf('memory(), auth({ passwordCost: 16 })'))
    const [, second] = await running.world.err.seen(/Set-up .*Set-up {6}the token ([0-9a-f]{40}) makes/s)
    expect(second).not.toBe(token)
    expect(running.world.out.text).not.toContain(second)
  })

  test('a server that goes, by a reload, is not announced any more', async () => {
    const running = start('http({ port: 0 })')
    await ready(running)
    expect(existsSync(running.project.path('data', 'host.json'))).toBe(true)
    running.project.write('waqtor.config.ts', configOf('clock()'))
    await running.world.out.seen(/taken over/)
    expect(existsSync(running.project.path('data', 'host.json'))).toBe(false)
  })

  test('a place for the announcement that cannot be written to is no reason not to run', async () => {
    const project = makeProject({
      'plugins.ts': plugins,
      'waqtor.config.ts': configOf('http({ port: 0 })'),
      'data/host.json/in-the-way': '',
    })
    onTestFinished(() => project[Symbol.dispose]())
    const running = run(project)
    await ready(running)
    expect(running.logged('the command line cannot find this host')).toHaveLength(1)
  })
})

describe('a changed config', () => {
  test('restarts what changed and what stands on it, and nothing else; the event log has it', async () => {
    const entries = (zone: string) => `memory(), events(), clock({ zone: '${zone}' }), bell(), witness()`
    const running = start(entries('UTC'))
    await ready(running)
    running.project.write('waqtor.config.ts', configOf(entries('Africa/Cairo')))
    await running.world.out.seen(/heard of a reload/)
    expect(running.logged('up').map((it) => [it.plugin, it.zone])).toEqual([
      ['clock', 'UTC'],
      ['bell', 'UTC'],
      ['witness', undefined],
      ['clock', 'Africa/Cairo'],
      ['bell', 'Africa/Cairo'],
    ])
    expect(running.logged('heard of a reload')).toMatchObject([
      { ok: true, restarted: ['clock', 'bell'], problems: [] },
    ])
    expect(running.logged('taken over')).toMatchObject([{ restarted: ['clock', 'bell'] }])
  })

  test('that is broken changes nothing, and says where', async () => {
    const running = start('memory(), events(), clock(), witness()')
    await ready(running)
    running.project.write('waqtor.config.ts', configOf(`memory(), events(), clock({ zone: 5 }), witness(), clok()`))
    await running.world.out.seen(/heard of a reload/)
    expect(running.logged('heard of a reload')).toMatchObject([{ ok: false, restarted: [] }])
    expect(running.logged('the old one runs on')).toHaveLength(1)
    running.project.write('waqtor.config.ts', configOf(`memory(), events(), clock({ zone: 5 }), witness()`))
    await running.world.out.seen(/waqtor\.config\.ts:8:\d+: clock: option 'zone': expected string, got 5/)
    expect(running.logged('down')).toEqual([])

    running.project.write(
      'waqtor.config.ts',
      configOf(`memory(), events(), clock(), witness(), greeter({ txt: 'Hi' })`),
    )
    await running.world.out.seen(/there is no option 'txt'\. Did you mean 'text'\?/)

    running.project.write('waqtor.config.ts', configOf(`memory(), events(), clock({ zone: 'X' }), witness()`))
    await running.world.out.seen(/"zone":"X"/)
  })

  test('whose plugin does not come up is taken back', async () => {
    const running = start(`clock(), bell(), rogue()`)
    await ready(running)
    running.project.write('waqtor.config.ts', configOf(`clock({ zone: 'X' }), bell(), rogue({ how: 'throws' })`))
    await running.world.out.seen(/the old one runs on/)
    expect(running.logged('up').flatMap((it) => it.zone ?? [])).toEqual(['UTC', 'UTC', 'X', 'X', 'UTC', 'UTC'])
    expect(running.logged('rogue: setup failed: thrown in setup')).not.toEqual([])
  })

  test('after which the old set does not come back either ends the host', async () => {
    const running = start(`rogue({ how: 'lives once' })`)
    // Lives are counted in this process.
    Reflect.set(globalThis, 'rogueLives', 0)
    await ready(running)
    running.project.write('waqtor.config.ts', configOf(`rogue({ how: 'lives once, changed' })`))
    expect(await running.ended).toBe(exitCodes.crashed)
    expect(running.logged('the old one did not come back')).toHaveLength(1)
  })

  test('may change the level of the log, and says that another data directory waits for the next start', async () => {
    const running = start('clock()')
    await ready(running)
    running.project.write('waqtor.config.ts', configOf('clock()', `logLevel: 'warn', data: 'elsewhere'`))
    await running.world.out.seen(/from the next start on/)
    running.world.emit('SIGTERM')
    expect(await running.ended).toBe(exitCodes.ok)
    expect(running.logged('stopping')).toEqual([])
  })

  test('with --no-watch is left for the next start', async () => {
    const running = start('clock()', ['start', '--json', '--no-watch'])
    await ready(running)
    running.project.write('waqtor.config.ts', configOf(`clock({ zone: 'X' })`))
    running.world.emit('SIGTERM')
    await running.ended
    expect(running.logged('the config has changed')).toEqual([])
  })
})

describe('a plugin that fails outside of everything the kernel watches', () => {
  test.each([
    ['uncaughtException', new Error('from a timer'), /threw where nobody catches: from a timer/],
    ['uncaughtException', null, /something threw where nobody catches: null/],
    ['unhandledRejection', new Error('nobody waits'), /left a rejection unhandled: nobody waits/],
  ])('%s of %s: the host goes on, and everybody hears of it', async (event, error, message) => {
    const running = start('witness()')
    await ready(running)
    running.world.emit(event, error)
    await running.world.out.seen(/heard of a fault/)
    expect(running.logged('heard of a fault')[0]?.message).toMatch(message)
    running.world.emit('SIGTERM')
    expect(await running.ended).toBe(exitCodes.ok)
  })

  test('warnings of the runtime stand in the log', async () => {
    const running = start('clock()')
    await ready(running)
    running.world.emit('warning', Object.assign(new Error('look out'), { name: 'SomeWarning' }))
    expect(running.logged('look out')).toMatchObject([{ level: 'warn', warning: 'SomeWarning' }])
  })
})

describe('a start that fails', () => {
  test('ends with its own code, names plugin and reason, and is remembered', async () => {
    const running = start(`clock(), rogue({ how: 'throws' })`)
    expect(await running.ended).toBe(exitCodes.crashed)
    expect(JSON.parse(running.world.err.text)).toMatchObject({
      error: {
        code: 'WAQ_STARTUP_FAILED',
        problems: [{ plugin: 'rogue', file: 'waqtor.config.ts', line: 8, message: 'setup failed: thrown in setup' }],
      },
    })
    expect(readCrashes(running.project.path('data'))).toMatchObject([{ plugin: 'rogue' }])
  })

  test('by an error that nobody caught is one, too', async () => {
    const running = start(`clock(), rogue({ how: 'never starts' })`, undefined, short)
    await running.world.out.seen(/"msg":"up"/)
    running.world.emit('uncaughtException', new Error('too early'))
    expect(await running.ended).toBe(exitCodes.crashed)
    expect(readCrashes(running.project.path('data'))).toMatchObject([
      { plugin: null, message: expect.stringContaining('threw where nobody catches: too early') },
    ])
  })

  test('by process.exit() in a plugin is remembered as well', async () => {
    const running = start(`clock(), rogue({ how: 'never starts' })`, undefined, short)
    await running.world.out.seen(/"msg":"up"/)
    running.world.emit('exit')
    expect(readCrashes(running.project.path('data'))).toMatchObject([
      { plugin: null, message: /before the host was ready/ },
    ])
    running.world.emit('SIGTERM')
  })

  test('for two handlers of one command is a matter of the config', async () => {
    const running = start(`greeter(), { ...greeter(), spec: { ...greeter().spec, name: 'other' } }`)
    expect(await running.ended).toBe(exitCodes.config)
    expect(readCrashes(running.project.path('data'))).toEqual([])
  })
})

describe('F8: safe mode', () => {
  test('comes by itself after three crashes, says why, and ends with the next start', async () => {
    const broken = start(`memory(), rogue({ how: 'throws' })`)
    expect(await broken.ended).toBe(exitCodes.crashed)
    for (let i = 0; i < 2; i++) expect(await run(broken.project).ended).toBe(exitCodes.crashed)

    const safe = run(broken.project, ['start'])
    await ready(safe)
    expect(safe.logged('safe mode')).toMatchObject([
      { level: 'warn', left: ['rogue'], crashes: [{ plugin: 'rogue' }, {}, {}] },
    ])
    expect(safe.world.err.text).toMatch(
      /Safe mode, three starts in five minutes ended before the host was ready. Left out: rogue\n {2}rogue: .*thrown in setup/,
    )
    safe.world.emit('SIGTERM')
    expect(await safe.ended).toBe(exitCodes.ok)
    expect(await run(broken.project).ended).toBe(exitCodes.crashed)
  })

  test('asked for, it passes over what is wrong with the others', async () => {
    const running = start(`memory(), clock({ zone: 5 })`, ['start', '--json', '--safe-mode'])
    await ready(running)
    expect(running.logged('safe mode')).toMatchObject([{ left: ['clock'] }])
  })

  test('with nothing to leave out is a start like any other', async () => {
    const running = start(`memory()`, ['start', '--json', '--safe-mode'])
    await ready(running)
    expect(running.logged('safe mode')).toEqual([])
  })
})

describe('F4: a plugin that fails again and again', () => {
  test('is not called for a while, and the log and everybody who listens hear why', async () => {
    const running = start('memory(), events(), http({ port: 0 }), rest(), auth(), flaky(), witness()')
    await ready(running)
    const cry = (count: number) =>
      main(fakeWorld(['call', 'flaky.cry', `{ "count": ${count} }`], { cwd: running.project.directory }))
    for (let i = 1; i <= 7; i++) expect(await cry(i)).toBe(exitCodes.ok)
    expect(running.logged('cries').map((it) => it.count)).toEqual([1, 2, 3, 4, 5])
    const message = "plugin 'flaky' fails again and again at 'flaky.cry' and is not called for half a minute"
    expect(running.logged(message)).toMatchObject([{ level: 'error', code: 'WAQ_LISTENER_RESTS', plugin: 'flaky' }])
    expect(running.logged('heard of a fault')).toContainEqual(expect.objectContaining({ of: 'flaky', message }))
    // It stands in the log of events as well, for whoever was not there.
    const [{ address } = {}] = running.logged('ready') as { address?: string }[]
    const key = readFileSync(running.project.path('data', 'local-key'), 'utf8').trim()
    const events = async () =>
      (
        await fetch(`${address}/api/v2/events?instance=host&types=plugin.failed`, { headers: { 'X-API-Key': key } })
      ).text()
    await expect.poll(events).toContain(message)
  })
})

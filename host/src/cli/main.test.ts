import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tryLock } from '../data/lock.ts'
import { exitCodes } from '../exit-codes.ts'
import { type FakeWorld, type FakeWorldOptions, fakeWorld } from '../testing/fake-world.ts'
import { configOf, plugins } from '../testing/plugins.ts'
import { makeProject, type Project } from '../testing/project.ts'
import { main } from './main.ts'

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function projectOf(entries: string, more?: string): Project {
  const project = makeProject({ 'plugins.ts': plugins, 'waqtor.config.ts': configOf(entries, more) })
  onTestFinished(() => project[Symbol.dispose]())
  return project
}

async function run(project: Project, argv: readonly string[], options: Partial<FakeWorldOptions> = {}): Promise<Ran> {
  const world = fakeWorld(argv, { cwd: project.directory, ...options })
  return { code: await main(world), out: world.out.text, err: world.err.text }
}

describe('help', () => {
  test('lists the commands of the host and those of the plugins, without starting anything', async () => {
    const project = projectOf('greeter(), clock()')
    for (const argv of [[], ['help'], ['--help']]) {
      const { code, out } = await run(project, argv)
      expect(code).toBe(exitCodes.ok)
      expect(out).toMatch(/ {2}start +Run the system/)
      expect(out).toMatch(/From the plugins of the config:\n {2}greet {2}Greet somebody/)
      expect(out).toContain('--json')
    }
    expect(existsSync(project.path('data'))).toBe(false)
    const { out } = await run(project, ['help', '--json'])
    expect((JSON.parse(out) as { commands: { name: string; plugin?: string }[] }).commands).toContainEqual({
      name: 'greet',
      summary: 'Greet somebody',
      plugin: 'greeter',
    })
  })

  test('works without a config, and says that something is missing', async () => {
    using project = makeProject()
    expect(await run(project, ['help'])).toMatchObject({ code: 0, out: expect.stringContaining('No config was read') })
    expect((await run(projectOf('clock()'), ['help'])).out).toContain('bring no commands')
  })

  test('of one command tells its arguments', async () => {
    const project = projectOf('greeter()')
    for (const argv of [
      ['help', 'start'],
      ['start', '--help'],
      ['start', '-h'],
    ]) {
      const { code, out } = await run(project, argv)
      expect(code).toBe(exitCodes.ok)
      expect(out).toMatch(/waqtor start.*--port=<port>.*--no-watch/s)
    }
    expect((await run(project, ['help', 'greet'])).out).toContain('Usage: waqtor greet')
    expect((await run(project, ['greet', '--help'])).out).toContain('Usage: waqtor greet')
    expect(await run(project, ['help', 'gret'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean 'greet'?"),
    })
  })
})

test('the version', async () => {
  using project = makeProject()
  expect(await run(project, ['--version'])).toMatchObject({ code: 0, out: '1.0.0\n' })
  expect(JSON.parse((await run(project, ['-v', '--json'])).out)).toMatchObject({ version: '1.0.0' })
})

describe('a wrong command line ends with 2 and the nearest right one', () => {
  test.each([
    [['strat'], "there is no command 'strat'; did you mean 'start'?"],
    [['gret'], "did you mean 'greet'?"],
    [['zzzzzzzzzzz'], "there is no command 'zzzzzzzzzzz'\n"],
    [['check', '--bot'], "'check' knows no --bot; did you mean --boot?"],
    [['check', 'x'], "there is one argument too many for 'check'"],
    [['check', '--', 'x'], "there is one argument too many for 'check'"],
    [['start', '--port'], '--port needs a value'],
    [['start', '-p'], "'start' knows no -p"],
    [['call'], 'Missing required positional argument: COMMAND'],
    [['call', 'greeter.greet', '{'], 'the input is not JSON'],
    [['config', 'show'], "there is only 'config print'"],
    [['--confg', 'x'], "did you mean '--config'?"],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await run(projectOf('greeter()'), argv)
    expect(code).toBe(exitCodes.usage)
    expect(err).toContain(message)
    expect(err).toMatch(/\nSee: waqtor .*help\n$/)
    expect(out).toBe('')
  })

  test('as JSON for programs', async () => {
    const { err } = await run(projectOf('greeter()'), ['strat', '--json'])
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'WAQ_USAGE' } })
  })
})

describe('without a config that can be read', () => {
  test('one that is not there is told with what to do', async () => {
    using project = makeProject()
    const { code, err } = await run(project, ['start'])
    expect(code).toBe(exitCodes.config)
    expect(err).toContain(`there is no waqtor.config.ts in ${project.directory}. Write one with \`waqtor init\``)
    expect(await run(project, ['start', '--config', 'other.ts'])).toMatchObject({
      code: exitCodes.config,
      err: expect.stringContaining(`there is no file '${project.path('other.ts')}'`),
    })
  })

  test('an unknown command may be one of its plugins', async () => {
    using project = makeProject({ 'waqtor.config.ts': 'export default' })
    expect(await run(project, ['simulator'])).toMatchObject({
      code: exitCodes.config,
      err: expect.stringContaining('waqtor.config.ts:1:15'),
    })
  })
})

test('another config is named by flag, by variable, or in .env', async () => {
  using project = makeProject({ 'sub/plugins.ts': plugins, 'sub/other.ts': configOf('clock()', '') })
  const config = async (argv: readonly string[], env = {}) =>
    (JSON.parse((await run(project, [...argv, '--json', 'check'], { env })).out) as { config: string }).config
  const path = project.path('sub/other.ts')
  expect(await config(['--config', 'sub/other.ts'])).toBe(path)
  expect(await config([], { WAQTOR_CONFIG: 'sub/other.ts' })).toBe(path)
  project.write('.env', 'WAQTOR_CONFIG=sub/other.ts')
  expect(await config([])).toBe(path)
})

test('what .env says is there when the config runs, and what is set outside wins', async () => {
  using project = makeProject({
    '.env': 'TEXT=inner\nOTHER=inner\n',
    'plugins.ts': plugins,
    'waqtor.config.ts': configOf('greeter({ text: process.env.TEXT }), clock({ zone: process.env.OTHER })', ''),
  })
  process.env.OTHER = 'outer'
  onTestFinished(() => {
    delete process.env.TEXT
    delete process.env.OTHER
  })
  const { out } = await run(project, ['config', 'print'], { env: process.env })
  expect(out).toMatch(/text {2}inner/)
  expect(out).toMatch(/zone +outer/)
})

test('a variable that means nothing is pointed out', async () => {
  const { err, code } = await run(projectOf('clock()'), ['check'], { env: { WAQTOR_PROT: '1' } })
  expect(code).toBe(exitCodes.ok)
  expect(err).toBe('waqtor: the variable WAQTOR_PROT means nothing to WaQtor; did you mean WAQTOR_PORT?\n')
})

test('--verbose shows stacks, and nothing else does', async () => {
  const project = projectOf('greeter()')
  const failing = ['call', 'greeter.nothing']
  expect((await run(project, failing)).err).not.toContain('    at ')
  expect((await run(project, [...failing, '--verbose'])).err).toContain('    at ')
})

describe('check', () => {
  test('draws the assembly in the order of start', async () => {
    const { code, out } = await run(projectOf('bell(), clock()'), ['check'])
    expect(code).toBe(exitCodes.ok)
    expect(out).toMatch(/waqtor.config.ts is fine: read in \d+ ms/)
    expect(out).toMatch(/1 {2}host .*2 {2}clock +gives test-clock.*3 {2}bell +stands on clock/s)
  })

  test('for programs', async () => {
    const { out } = await run(projectOf('bell(), clock()'), ['check', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      plugins: [
        { name: 'host', provides: ['host-info'] },
        { name: 'clock' },
        { name: 'bell', needs: ['clock'] },
        { name: 'host-link' },
      ],
    })
  })

  test('with --boot starts everything once, elsewhere, and finds what only that can find', async () => {
    const project = projectOf('memory(), greeter()')
    const { out } = await run(project, ['check', '--boot', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      // The greeter's own, and the state of the storage.
      commands: 2,
      plugins: [{ setupMs: expect.any(Number) }, {}, {}, {}],
    })
    expect(existsSync(project.path('data'))).toBe(false)
    expect((await run(project, ['check', '--boot'])).out).toMatch(/2 commands, \d+ events/)
    const wrong = await run(projectOf(`rogue({ how: 'throws' })`), ['check', '--boot'])
    expect(wrong).toMatchObject({
      code: exitCodes.crashed,
      err: expect.stringContaining('rogue: setup failed: thrown in setup'),
    })
  })

  test('everything that is wrong, at once, and nothing started', async () => {
    const project = makeProject({
      'plugins.ts': `${plugins}
const [A, B] = [defineService('a'), defineService('b')]
const config = z.strictObject({})
export const other = definePlugin({ name: 'other-clock', config, provides: [Clock], setup() {} })
export const lost = definePlugin({ name: 'lost', config, requires: { it: defineService('nowhere') }, setup() {} })
export const hen = definePlugin({ name: 'hen', config, requires: { b: B }, provides: [A], setup() {} })
export const egg = definePlugin({ name: 'egg', config, requires: { a: A }, provides: [B], setup() {} })
`,
      'waqtor.config.ts': `import { clock, egg, hen, lost, other } from './plugins.ts'
export default {
  plugins: [
    clock({ zone: 1 }),
    other(),
    lost(),
    hen(), egg(),
  ],
}`,
    })
    onTestFinished(() => project[Symbol.dispose]())
    for (const argv of [['start'], ['check']]) {
      const { code, err } = await run(project, argv)
      expect(code).toBe(exitCodes.config)
      const lines = err.trimEnd().split('\n')
      expect(lines[0]).toBe('waqtor: 4 problems; nothing was started')
      expect(lines.slice(1).toSorted()).toEqual([
        expect.stringMatching(/^ {2}waqtor.config.ts:4:13: clock: option 'zone': expected string, got 1/),
        expect.stringMatching(
          /^ {2}waqtor.config.ts:5:5: other-clock: the service 'test-clock' is provided by plugin 'clock'/,
        ),
        expect.stringMatching(/^ {2}waqtor.config.ts:6:5: lost: the service 'nowhere' is needed/),
        expect.stringMatching(/^ {2}waqtor.config.ts:7:\d+: (hen|egg): the plugins need each other in a circle: /),
      ])
    }
    expect(existsSync(project.path('data'))).toBe(false)
  })
})

describe('config print', () => {
  test('shows every option with its source, and no secret', async () => {
    const project = projectOf(
      `clock({ zone: 'Africa/Cairo', apiKey: 'hunter2' }), greeter(), http({ port: 9000, rateLimit: { burst: 5 } }), witness()`,
      '',
    )
    const { code, out } = await run(project, ['config', 'print', '--data', 'there'], {
      env: { WAQTOR_API_KEY: 'k'.repeat(40), WAQTOR_HOST: '127.0.0.2' },
    })
    expect(code).toBe(exitCodes.ok)
    const rows = out.split('\n').map((it) => it.trim().replaceAll(/ {2,}/g, ' | '))
    for (const row of [
      `data | ${project.path('there')} | --data`,
      'host | 127.0.0.2 | WAQTOR_HOST',
      'port | 9000 | waqtor.config.ts',
      'apiKey | ******** | WAQTOR_API_KEY',
      'zone | Africa/Cairo | waqtor.config.ts',
      'apiKey | ******** | waqtor.config.ts',
      'text | Hello | default',
      'rateLimit.burst | 5 | waqtor.config.ts',
      'rateLimit.perSecond | 1000 | default',
      'allowedHosts | [] | default',
      'no options',
    ])
      expect(rows).toContain(row)
    expect(out).not.toMatch(/hunter2|kkkk/)
  })

  test('for programs', async () => {
    const { out } = await run(projectOf('clock()', ''), ['config', 'print', '--json'])
    const { options, plugins } = JSON.parse(out) as { options: object[]; plugins: object[] }
    expect(options).toContainEqual({ option: 'port', value: 8080, source: 'default' })
    expect(options).toContainEqual({ option: 'apiKey', value: null, source: 'default' })
    expect(plugins).toEqual([{ plugin: 'clock', options: [{ option: 'zone', value: 'UTC', source: 'default' }] }])
  })

  test('of a wrong config shows what there is, and what is wrong', async () => {
    const { code, out, err } = await run(projectOf('clock({ zone: 5 })', ''), ['config', 'print'], {
      env: { WAQTOR_PORT: 'x' },
    })
    expect(code).toBe(exitCodes.config)
    expect(out).toMatch(/zone {2}5 {2}waqtor.config.ts, as it stands there/)
    expect(err).toMatch(/2 problems/)
  })
})

describe('doctor', () => {
  const checks = async (project: Project, argv: readonly string[] = [], env = {}) => {
    const { code, out } = await run(project, ['doctor', '--json', ...argv], { env })
    const { ok, checks } = JSON.parse(out) as {
      ok: boolean
      checks: { name: string; ok: boolean; found: string; fix?: string }[]
    }
    return { code, ok, of: (name: string) => checks.find((it) => it.name === name) }
  }

  test('a machine where all is well', async () => {
    const { code, ok, of } = await checks(projectOf('clock(), http({ port: 0 })'))
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(of('Node')).toMatchObject({ ok: true, found: process.versions.node })
    expect(of('data directory')?.found).toContain('will be made at the first start')
    expect(of('port')).toMatchObject({ ok: true, found: '127.0.0.1:0 is free' })
    expect(of('disk space')?.found).toMatch(/MB free/)
  })

  test('what plugins look at is part of it, and a check that throws has found something', async () => {
    const project = projectOf('greeter()')
    process.env.HOARSE = '1'
    onTestFinished(() => {
      delete process.env.HOARSE
    })
    const { code, of } = await checks(project)
    expect(code).toBe(exitCodes.failed)
    expect(of('greeter: voice')).toMatchObject({ ok: false, fix: 'Drink tea.' })
    expect(of('greeter: nerves')).toMatchObject({ ok: false, found: 'lost' })
    const { out } = await run(project, ['doctor'])
    expect(out).toMatch(/ok {5}Node: .*wrong {2}greeter: voice: hoarse\n {9}Drink tea\./s)
  })

  test('a broken config, an open directory, a port in use, a running host', async () => {
    const { createServer } = await import('node:net')
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const project = projectOf(`clock({ zone: 5 }), http({ port: ${port} })`)
    mkdirSync(project.path('data'), { mode: 0o755 })
    const { of } = await checks(project)
    expect(of('config')).toMatchObject({
      ok: false,
      found: expect.stringContaining("option 'zone'"),
      fix: 'See: waqtor check',
    })
    expect(of('data directory')).toMatchObject({ ok: false, fix: expect.stringContaining('chmod 700') })
    expect(of('port')).toMatchObject({ ok: false, found: expect.stringContaining('another program uses it') })

    project.write(
      'data/host.json',
      JSON.stringify({ pid: process.pid, address: `http://127.0.0.1:${port}`, version: '1', since: '' }),
    )
    const lock = tryLock(project.path('data'), 'start')
    const second = await checks(project)
    expect(second.of('port')).toMatchObject({ ok: true, found: expect.stringContaining('by the running host') })
    expect(second.of('lock')?.found).toBe(`held by process ${process.pid} (waqtor start)`)
    lock?.release()
    expect((await checks(project)).of('lock')?.found).toBe('no host runs')
  })

  test('a directory that cannot be written to', async () => {
    const { of } = await checks(projectOf('clock()'), ['--data', '/proc/waqtor'])
    expect(of('data directory')).toMatchObject({
      ok: false,
      found: expect.stringContaining('/proc cannot be written to'),
    })
    expect(of('port')?.found).toContain('not needed')
  })
})

describe('init', () => {
  test('writes a config that is valid and a .env that is private, and says what comes next', async () => {
    using project = makeProject()
    const { code, out, err } = await run(project, ['init', 'shop', '--port', '9000', '--country', 'de'])
    expect(code).toBe(exitCodes.ok)
    expect(out).toBe('written  shop/waqtor.config.ts\nwritten  shop/.env\n')
    expect(err).toMatch(/npm install @waqtor\/host @waqtor\/plugin-storage-sqlite/)
    const config = readFileSync(project.path('shop/waqtor.config.ts'), 'utf8')
    expect(config).toContain(`messages({ defaultCountry: 'DE' })`)
    const { ConfigSource } = await import('../config/source.ts')
    expect(new ConfigSource(config, 'waqtor.config.ts').syntaxProblems).toEqual([])
    const env = readFileSync(project.path('shop/.env'), 'utf8')
    expect(env).toMatch(/^WAQTOR_PORT=9000$/m)
    expect(env).toMatch(/^WAQTOR_API_KEY=[\w-]{43}$/m)
    expect(statSync(project.path('shop/.env')).mode & 0o777).toBe(0o600)
  })

  test('never touches what is there', async () => {
    using project = makeProject({ 'waqtor.config.ts': 'mine' })
    const { out } = await run(project, ['init', '--no-key', '--json'])
    expect(JSON.parse(out)).toEqual({ directory: project.directory, written: ['.env'], kept: ['waqtor.config.ts'] })
    expect(readFileSync(project.config, 'utf8')).toBe('mine')
    expect(readFileSync(project.path('.env'), 'utf8')).toMatch(/^# WAQTOR_API_KEY=$/m)
    expect((await run(project, ['init'])).out).toMatch(/kept {5}.env, which was there already/)
  })

  test('refuses what makes no sense', async () => {
    using project = makeProject({ file: '' })
    expect(await run(project, ['init', '--port', 'web'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("not 'web'"),
    })
    expect(await run(project, ['init', '--country', 'Germany'])).toMatchObject({ code: 2 })
    expect((await run(project, ['init', 'file'])).code).toBe(exitCodes.failed)
    expect(readdirSync(project.directory).toSorted()).toEqual(['file', 'node_modules', 'package.json'])
  })
})

describe('call without a running host', () => {
  test('boots a kernel of its own, and lets go of the data directory again', async () => {
    const project = projectOf('greeter()')
    const { code, out, err } = await run(project, [
      'call',
      'greeter.greet',
      '{ "to": "Mona" }',
      '--idempotency-key',
      'k',
    ])
    expect(err).toBe('')
    expect(code).toBe(exitCodes.ok)
    expect(JSON.parse(out)).toEqual({ text: 'Hello, Mona', via: 'cli', key: 'k' })
    tryLock(project.path('data'), 'test')?.release()
  })

  test('reads its input from standard input', async () => {
    const { out } = await run(projectOf('greeter()'), ['call', 'greeter.greet', '-', '--json'], {
      stdin: '{ "to": "Ali" }',
    })
    expect(JSON.parse(out)).toMatchObject({ text: 'Hello, Ali' })
  })

  test('tells the nearest command, and what is wrong with the input', async () => {
    const project = projectOf('greeter()')
    expect(await run(project, ['call', 'greeter.great'])).toMatchObject({
      code: exitCodes.failed,
      err: expect.stringContaining("there is no command 'greeter.great'; did you mean 'greeter.greet'?"),
    })
    const { err } = await run(project, ['call', 'greeter.greet', '{ "to": "" }'])
    expect(err).toMatch(/\n {2}to: /)
    expect(err).not.toContain('    at ')
  })

  test('a plugin that does not come up is told, and the directory is free again', async () => {
    const project = projectOf(`rogue({ how: 'throws' })`)
    expect(await run(project, ['call', 'x.y'])).toMatchObject({
      code: exitCodes.crashed,
      err: expect.stringContaining('thrown in setup'),
    })
    tryLock(project.path('data'), 'test')?.release()
  })

  test('a data directory that cannot be used is a matter of the configuration', async () => {
    const project = projectOf('greeter()')
    project.write('data', 'a file')
    expect(await run(project, ['call', 'greeter.greet'])).toMatchObject({
      code: exitCodes.config,
      err: expect.stringContaining('something on that path is a file'),
    })
  })
})

describe('a command of a plugin', () => {
  test('gets what is behind its name, without the global flags, and its exit code counts', async () => {
    const project = projectOf('greeter()')
    expect(await run(project, ['greet', 'Mona'])).toMatchObject({ code: 0, out: 'Hello, Mona\n' })
    expect(await run(project, ['greet', 'Mona', '--json'])).toMatchObject({ code: 0, out: '{"text":"Hello, Mona"}\n' })
  })

  test('is not refused a kernel of its own while a host has the data directory, and leaves nothing there', async () => {
    const project = projectOf('greeter()')
    expect(await run(project, ['greet', 'Mona', '--ephemeral'])).toMatchObject({ code: 0, out: 'Hello, Mona\n' })
    expect(existsSync(project.path('data'))).toBe(false)
  })

  test('sees where the person stands', async () => {
    const project = projectOf('greeter()')
    mkdirSync(project.path('lists'))
    const env = { INIT_CWD: project.path('lists'), npm_package_json: project.path('package.json'), NAME: 'n' }
    const { out } = await run(project, ['greet', 'where'], { env })
    expect(JSON.parse(out)).toEqual([project.path('data'), project.path('lists/my.csv'), false, 'n'])
  })

  test('is told of the first Ctrl-C, and ends itself', async () => {
    const world: FakeWorld = fakeWorld(['greet', 'wait'], { cwd: projectOf('greeter()').directory })
    const ended = main(world)
    await world.err.seen(/waiting/)
    world.emit('SIGINT')
    expect(await ended).toBe(3)
    expect(world.exits).toEqual([])
    expect(world.listeners()).toBe(0)
  })
})

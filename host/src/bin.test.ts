import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { configOf, plugins } from './testing/plugins.ts'
import { makeProject, type Project } from './testing/project.ts'
import { waqtor } from './testing/waqtor-process.ts'

/** The program itself, in processes of its own. */

const projectOf = (entries: string, more?: string): Project =>
  makeProject({ 'plugins.ts': plugins, 'waqtor.config.ts': configOf(entries, more) })

test('SIGTERM ends a host in order, with 0', async () => {
  using project = projectOf('clock(), bell()')
  await using host = waqtor(['start'], { cwd: project.directory })
  await host.out.seen(/"ready"/)
  host.kill('SIGTERM')
  expect(await host.ended).toBe(0)
  expect(host.out.text).toMatch(/"stopping".*"down".*"down".*"stopped"/s)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s ends it at once, with %d', async (signal, code) => {
  using project = projectOf(`rogue({ how: 'hangs at the end' })`, 'stopTimeoutMs: 600_000')
  await using host = waqtor(['start'], { cwd: project.directory })
  await host.out.seen(/"ready"/)
  host.kill(signal)
  await host.out.seen(/"stopping"/)
  host.kill(signal)
  expect(await host.ended).toBe(code)
})

test('F2: a plugin that hangs at the end is cut off in time, and named', async () => {
  using project = projectOf(`rogue({ how: 'hangs at the end' })`, 'stopTimeoutMs: 6_000')
  await using host = waqtor(['start'], { cwd: project.directory })
  await host.out.seen(/"ready"/)
  host.kill('SIGTERM')
  expect(await host.ended).toBe(0)
  expect(host.out.text).toMatch(/'rogue'.* took more than 3900 ms/)
})

test.each([
  ['throws in a timer', /threw where nobody catches: from a timer/],
  ['throws null in a timer', /threw where nobody catches: null/],
  ['rejects', /left a rejection unhandled: nobody waits/],
  ['breaks a stream', /threw where nobody catches: ENOENT.*gone/],
  ['exits in a timer', /threw where nobody catches: process\.exit\(9\) was called/],
  ['exits by an import', /left a rejection unhandled: process\.exit\(9\) was called/],
  ['exits at an event', /'rogue' failed while it handled 'kernel\.plugin-fault': process\.exit\(9\) was called/],
  ['warns', /look out/],
])('F1: a plugin that %s does not end the host', async (how, message) => {
  using project = projectOf(`witness(), rogue({ how: '${how}' })`)
  await using host = waqtor(['start'], { cwd: project.directory })
  await host.out.seen(message)
  if (how !== 'warns') await host.out.seen(/heard of a fault/)
  host.kill('SIGTERM')
  expect(await host.ended).toBe(0)
  // The name of the place, for a person who looks for the culprit.
  if (/a timer|rejects|import/.test(how) && !how.includes('null')) expect(host.out.text).toContain('plugins.ts:')
})

test('F1: process.exit() in a setup is a fault of its plugin, with its name', async () => {
  using project = projectOf(`clock(), rogue({ how: 'exits while starting' })`)
  await using host = waqtor(['start'], { cwd: project.directory })
  expect(await host.ended).toBe(70)
  expect(JSON.parse(readFileSync(project.path('data/crashes.json'), 'utf8'))).toMatchObject([
    { plugin: 'rogue', message: expect.stringContaining('process.exit(9) was called') },
  ])
})

test('F8: three starts that end before the host is ready lead to safe mode', async () => {
  using project = projectOf(`memory(), rogue({ how: 'throws in a timer while starting' })`, 'stopTimeoutMs: 200')
  for (let i = 0; i < 3; i++) {
    await using host = waqtor(['start'], { cwd: project.directory })
    expect(await host.ended).toBe(70)
  }
  await using host = waqtor(['start'], { cwd: project.directory })
  await host.out.seen(/"ready"/)
  await host.err.seen(/Left out: rogue/)
  host.kill('SIGTERM')
  expect(await host.ended).toBe(0)
})

test('a broken config ends with 78 and lines without stacks', async () => {
  using project = projectOf('clock({ zone: 1 }), bell({ zone: 2 })')
  await using host = waqtor(['start'], { cwd: project.directory })
  expect(await host.ended).toBe(78)
  expect(host.err.lines).toHaveLength(3)
  expect(host.err.text).not.toContain('    at ')
  expect(existsSync(project.path('data'))).toBe(false)
})

test('a closed pipe is no fault', async () => {
  using project = projectOf('greeter()')
  await using help = waqtor(['help'], { cwd: project.directory })
  help.child.stdout?.destroy()
  expect(await help.ended).toBe(0)
})

test('a sub-command of a plugin is stopped by Ctrl-C', async () => {
  using project = projectOf('greeter()')
  await using command = waqtor(['greet', 'wait'], { cwd: project.directory })
  await command.err.seen(/waiting/)
  command.kill('SIGINT')
  expect(await command.ended).toBe(3)
})

test('the command line reaches the running host, and the same data afterwards without it', async () => {
  using project = projectOf('memory(), events(), auth(), http({ port: 0 }), rest(), greeter()')
  const at = { cwd: project.directory }
  await using host = waqtor(['start'], at)
  await host.out.seen(/"ready"/)
  await using first = waqtor(['call', 'greeter.greet', '-'], { ...at, stdin: '{ "to": "Mona" }' })
  expect(await first.ended).toBe(0)
  expect(JSON.parse(first.out.text)).toMatchObject({ text: 'Hello, Mona', via: 'rest' })
  host.kill('SIGKILL')
  await host.ended
  await using second = waqtor(['call', 'greeter.greet', '{ "to": "Mona" }'], at)
  expect(await second.ended).toBe(0)
  expect(JSON.parse(second.out.text)).toMatchObject({ via: 'cli' })
})

test('a start loads no compiler once another one was up, however that ended', async () => {
  using project = projectOf('clock()')
  project.write('tell.mjs', 'setInterval(() => console.log(process.moduleLoadList.join()), 50)')
  const loaded = async () => {
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(project.path('tell.mjs'))}` }
    await using host = waqtor(['start'], { cwd: project.directory, env })
    await host.out.seen(/"ready".*internal\/modules\/esm\/loader.*\n/s)
    host.kill('SIGKILL')
    await host.ended
    return host.out.text
  }
  const compiler = 'internal/deps/amaro/dist/index'
  expect(await loaded()).toContain(compiler)
  expect(await loaded()).not.toContain(compiler)
})

/** Texts of plugins for the configs of tests. They print what happens to them, so that a test can wait for it. */
export const plugins = `import { ConfigReloaded } from '@waqtor/contracts'
import { defineCommand, defineEvent, definePlugin, defineService, PluginFault, z } from '@waqtor/kernel'

export const Clock = defineService('test-clock')

/** Gives a service. */
export const clock = definePlugin({
  name: 'clock',
  config: z.strictObject({ zone: z.string().default('UTC'), apiKey: z.string().optional() }),
  provides: [Clock],
  setup(ctx) {
    ctx.provide(Clock, { zone: ctx.config.zone })
    ctx.log.info('up', { zone: ctx.config.zone })
    ctx.onClose(() => ctx.log.info('down'))
  },
})

/** Stands on it. */
export const bell = definePlugin({
  name: 'bell',
  config: z.strictObject({}),
  requires: { clock: Clock },
  setup(ctx) {
    ctx.log.info('up', { zone: ctx.services.clock.zone })
    ctx.onClose(() => ctx.log.info('down'))
  },
})

/** Stands on nothing, and tells what it hears. */
export const witness = definePlugin({
  name: 'witness',
  config: z.strictObject({}),
  events: [ConfigReloaded],
  setup(ctx) {
    ctx.log.info('up')
    ctx.on(PluginFault, ({ plugin, message }) => ctx.log.info('heard of a fault', { of: plugin, message }))
    ctx.on(ConfigReloaded, (outcome) => ctx.log.info('heard of a reload', outcome))
    ctx.onClose(() => ctx.log.info('down'))
  },
})

const greet = defineCommand('greeter.greet', {
  summary: 'Greet', permission: 'greeter:write', scope: 'host',
  input: z.strictObject({ to: z.string().min(1) }),
  output: z.object({ text: z.string(), via: z.string(), key: z.string().nullable() }),
  http: { method: 'POST', path: '/greet' },
})

/** Brings a command, a sub-command and a check. */
export const greeter = definePlugin({
  name: 'greeter',
  config: z.object({ text: z.string().default('Hello') }),
  cli: [{
    name: 'greet',
    summary: 'Greet somebody',
    load: async () => ({
      async run(argv, io) {
        if (argv.includes('--help')) { io.print('Usage: waqtor greet <name> [--ephemeral]'); return 0 }
        if (argv[0] === 'where') { io.print(JSON.stringify([io.dataDirectory, io.resolvePath('my.csv'), io.interactive, io.env.NAME])); return 0 }
        if (argv[0] === 'wait') { io.note('waiting'); await new Promise((done) => io.signal.addEventListener('abort', done)); return 3 }
        await using client = await io.connect({ ephemeral: argv.includes('--ephemeral') })
        const { text } = await client.execute('greeter.greet', { to: argv[0] })
        io.print(io.json ? JSON.stringify({ text }) : text)
        return 0
      },
    }),
  }],
  doctor: [
    { name: 'voice', check: () => ({ ok: ctxFree(), found: 'hoarse', fix: 'Drink tea.' }) },
    { name: 'nerves', check: () => { throw new Error('lost') } },
  ],
  setup(ctx) {
    ctx.handle(greet, ({ to }, call) => ({ text: ctx.config.text + ', ' + to, via: call.via, key: call.idempotencyKey ?? null }))
  },
})
const ctxFree = () => process.env.HOARSE === undefined

const Cry = defineEvent('flaky.cry', {
  kind: 'transient', permission: 'flaky:read', scope: 'host', schema: z.object({ count: z.int() }),
})
const cry = defineCommand('flaky.cry', {
  summary: 'Cry', permission: 'flaky:write', scope: 'host', http: { method: 'POST', path: '/cry' },
  input: z.strictObject({ count: z.int() }), output: z.object({}),
})

/** Fails at every event; a command brings one about. */
export const flaky = definePlugin({
  name: 'flaky',
  config: z.strictObject({}),
  setup(ctx) {
    ctx.on(Cry, ({ count }) => { ctx.log.info('cries', { count }); throw new Error('cry ' + count) })
    ctx.handle(cry, ({ count }) => { ctx.emit(Cry, { count }); return {} })
  },
})

/** Misbehaves on demand. */
export const rogue = definePlugin({
  name: 'rogue',
  config: z.strictObject({ how: z.string().default('not') }),
  setup(ctx) {
    const { how } = ctx.config
    const life = (globalThis.rogueLives = (globalThis.rogueLives ?? 0) + 1)
    if (how === 'throws') throw new Error('thrown in setup')
    if (how === 'lives once' && life > 1) throw new Error('only one life')
    if (how === 'lives once, changed') throw new Error('changed')
    if (how === 'hangs at the end') ctx.tap(ctx.kernel.hooks.close, () => new Promise(() => {}))
    if (how === 'never starts') return new Promise(() => {})
    if (how === 'exits while starting') process.exit(9)
    if (how === 'throws in a timer while starting') { setTimeout(() => { throw new Error('from a timer') }); return new Promise(() => {}) }
    const later = (fn) => ctx.tap(ctx.kernel.hooks.ready, () => { setTimeout(fn, 1) }, { stage: 2000 })
    if (how === 'throws in a timer') later(() => { throw new Error('from a timer') })
    if (how === 'throws null in a timer') later(() => { throw null })
    if (how === 'rejects') later(() => { void Promise.reject(new Error('nobody waits')) })
    if (how === 'breaks a stream') later(async () => (await import('node:fs')).createReadStream('/gone'))
    if (how === 'exits in a timer') later(() => process.exit(9))
    if (how === 'exits by an import') later(async () => (await import('node:process')).exit(9))
    if (how === 'exits at an event') ctx.on(PluginFault, () => process.exit(9))
    if (how === 'exits at an event') later(() => ctx.emit(PluginFault, { plugin: 'rogue', phase: 'event', code: 'WAQ_FAULT', message: 'a cry' }))
    if (how === 'warns') later(() => process.emitWarning('look out'))
  },
})
`

/** The text of a config with these entries. */
export function configOf(entries: string, more = 'stopTimeoutMs: 5_000'): string {
  return `import { bell, clock, flaky, greeter, rogue, witness } from './plugins.ts'
import auth from '@waqtor/plugin-auth'
import events from '@waqtor/plugin-events'
import http from '@waqtor/plugin-http'
import rest from '@waqtor/plugin-rest'
import memory from '@waqtor/plugin-storage-memory'
export default {
  plugins: [${entries}],
  ${more}
}
`
}

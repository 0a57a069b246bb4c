/** Runs benchmarks by name: `pnpm bench dispatch`, `pnpm bench all`. Without a name it lists them. */
import { machine } from './kit/machine.ts'

const benchmarks = {
  dispatch: {
    what: 'campaigns through the durable outbox, beside BullMQ and bare SQLite',
    load: () => import('./dispatch/index.ts'),
  },
  commands: {
    what: 'a command through the registry, beside calling its handler',
    load: () => import('./commands/index.ts'),
  },
  events: {
    what: 'the event bus, beside direct calls, EventEmitter and mitt',
    load: () => import('./events/index.ts'),
  },
  rest: { what: 'a command over HTTP, beside Hono, Fastify and Express', load: () => import('./rest/index.ts') },
  realtime: {
    what: 'live channels: events to a hundred clients, beside ws and socket.io; a thousand of which some do not read',
    load: () => import('./realtime/index.ts'),
  },
  templates: {
    what: 'message templates, beside a template literal, Handlebars and Mustache',
    load: () => import('./templates/index.ts'),
  },
  import: {
    what: 'people from a CSV file, beside papaparse alone and libphonenumber alone',
    load: () => import('./import/index.ts'),
  },
  million: {
    what: 'a campaign of a million from a file to its end: memory, rows a second, pages at both ends',
    load: () => import('./million/index.ts'),
  },
  webhooks: {
    what: 'deliveries to nine receivers, with and without a tenth that hangs: rate, delay, memory',
    load: () => import('./webhooks/index.ts'),
  },
  start: {
    what: 'from the start to the first answer, beside a bare Hono process with SQLite',
    load: () => import('./start/index.ts'),
  },
  'whatsapp-web': {
    what: 'real accounts in a Chromium, beside whatsapp-web.js by hand: starts, sends a second, memory',
    load: () => import('./whatsapp-web/index.ts'),
  },
}
type Name = keyof typeof benchmarks
const names = Object.keys(benchmarks) as Name[]

const [asked, ...rest] = process.argv.slice(2)
const chosen = asked === 'all' ? names : names.filter((it) => it === asked)
if (chosen.length === 0) {
  console.log('pnpm bench <name> [options]\n')
  for (const name of names) console.log(`  ${name.padEnd(12)} ${benchmarks[name].what}`)
  console.log(`  ${'all'.padEnd(12)} one after another`)
  if (asked !== undefined) {
    console.error(`\nthere is no benchmark '${asked}'`)
    process.exitCode = 1
  }
}
for (const name of chosen) {
  console.log(`# ${name}\n${machine()}\n`)
  const { run } = await benchmarks[name].load()
  await run(rest)
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { Stack } from './fixtures/index.ts'

/** What only some work needs. Each of these holds megabytes in a host that waits, and until its end. */
const loadedOnDemand = [
  '@fastify/busboy',
  '@modelcontextprotocol/sdk',
  'countries-and-timezones',
  'file-type',
  'jiti',
  'libphonenumber-js',
  'luxon',
  'prom-client',
  'saxes',
  'undici',
  'yauzl',
  'yazl',
]

/** Writes down which packages are loaded, and for what the runtime has to load the languages and zones of the world. */
const note = (file: string) => `
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
const seen = new Set()
registerHooks({
  load(url, context, next) {
    const name = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1]
    if (name) seen.add(name)
    return next(url, context)
  },
})
for (const name of ['Collator', 'DateTimeFormat', 'DisplayNames', 'NumberFormat', 'PluralRules', 'RelativeTimeFormat', 'Segmenter'])
  Intl[name] = new Proxy(Intl[name], {
    construct(target, args) {
      seen.add('Intl.' + name)
      return Reflect.construct(target, args)
    },
  })
process.on('exit', () => writeFileSync(${JSON.stringify(file)}, JSON.stringify([...seen])))
`

it('starts without what only some work needs', async () => {
  await using stack = await Stack.create()
  const file = join(stack.directory, 'seen.json')
  const program = join(stack.directory, 'note.mjs')
  writeFileSync(program, note(file))
  const host = await stack.startHost({ nodeFlags: [`--import=${pathToFileURL(program)}`] })
  expect((await stack.request('GET', '/health')).status).toBe(200)
  await host.end()
  const seen: string[] = JSON.parse(readFileSync(file, 'utf8'))
  expect(seen).toContain('better-sqlite3')
  expect(seen.filter((it) => loadedOnDemand.includes(it) || it.startsWith('Intl.'))).toEqual([])
})

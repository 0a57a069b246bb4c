import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendRaw } from './fixtures/raw.ts'
import { apiKey, Stack } from './fixtures/stack.ts'

const canary = 'CANARY-that-lies-outside-of-everything'

let stack: Stack
/** What no answer may hold: the canary, the local key, the beginning of a database, a line of /etc/passwd. */
let inside: RegExp
let outsideBefore: string[]

beforeAll(async () => {
  stack = await Stack.create()
  await stack.startHost()
  await writeFile(join(stack.directory, 'canary.txt'), canary)
  await mkdir(join(stack.data, 'settings'), { recursive: true, mode: 0o700 })
  await writeFile(join(stack.data, 'settings/canary.json'), JSON.stringify({ canary }))
  const local = (await readFile(join(stack.data, 'local-key'), 'utf8')).trim()
  inside = new RegExp(`${canary}|${local}|SQLite format|root:[x*]:0|outbox-epoch":`)
  outsideBefore = await outside()
})
afterAll(() => stack[Symbol.asyncDispose]())

/** Everything beside the data directory. */
async function outside(): Promise<string[]> {
  return (await readdir(stack.directory, { recursive: true })).filter((it) => !it.startsWith('data')).sort()
}

const up = fc.constantFrom(
  '..',
  '.',
  '%2e%2e',
  '%2E%2e',
  '.%2e',
  '%252e%252e',
  '..;',
  '..%00',
  '....',
  '%c0%ae%c0%ae',
  '%uff0e%uff0e',
  '．．',
  '..\\',
  '',
)
const slash = fc.constantFrom('/', '//', '%2f', '%2F', '%5c', '\\', '%252f', '%c0%af', '/./', ';/', '／')
const target = fc.constantFrom(
  'canary.txt',
  'etc/passwd',
  '/etc/passwd',
  'local-key',
  'host.db',
  'host.db-wal',
  'settings/canary.json',
  'settings/canary',
  'instances/default/waqtor.db',
  'instances/default/outbox-epoch',
  'lock.db',
  'host.json',
  'canary.txt%00.csv',
  'canary.txt\u0000',
  'C:\\Windows\\win.ini',
  '\\\\127.0.0.1\\share',
  'file:///etc/passwd',
  '/proc/self/environ',
)
const climbing = fc
  .tuple(fc.array(fc.tuple(up, slash), { maxLength: 8 }), target)
  .map(([steps, end]) => steps.map((it) => it.join('')).join('') + end)

const routes = [
  '/*',
  '/files/*',
  '/files?filename=*',
  '/api/v2/files/*',
  '/api/v2/files/*/content',
  '/api/v2/instances/*',
  '/api/v2/instances/*/state',
  '/api/v2/contacts?instance=*',
  '/api/v2/templates/*',
  '/api/v2/messages/*',
  '/api/v2/keys/*',
  '/api/v2/commands/*',
  '/api/v2/reference/*',
] as const

describe('B6: a path that leads out', () => {
  it('reaches no file by any route, however it is written', async () => {
    const statuses = new Set<string>()
    await fc.assert(
      fc.asyncProperty(climbing, fc.constantFrom(...routes), async (path, route) => {
        const written = route.replace('*', () => path)
        const answer = await sendRaw(
          stack.address,
          `GET ${written} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\nConnection: close\r\n\r\n`,
        )
        statuses.add(answer.slice(9, 12))
        expect(answer).not.toMatch(inside)
        expect(answer).toMatch(/^HTTP\/1\.1 (400|404|405|421) /)
      }),
      { numRuns: 500 },
    )
    expect(statuses).toContain('404')
  })

  it('names no file, account, backup or upload by any field', async () => {
    const field = fc.constantFrom<[string, (it: string) => object]>(
      ['/api/v2/files', (filename) => ({ filename })],
      ['/api/v2/system/backup', (name) => ({ name })],
      ['/api/v2/instances', (id) => ({ id })],
      ['/api/v2/contacts/import', (fileId) => ({ fileId })],
      ['/api/v2/contacts/import/preview', (fileId) => ({ fileId })],
      ['/api/v2/messages/send-media', (fileId) => ({ chatId: '+201001234567', fileId })],
      ['/api/v2/messages/send-media', (media) => ({ chatId: '+201001234567', media: `file://${media}` })],
      ['/api/v2/messages/send-media', (filename) => ({ chatId: '+201001234567', media: 'eHh4eA==', filename })],
      ['/api/v2/contacts', (instance) => ({ instance, phone: '+201001234567' })],
      ['/api/v2/templates', (name) => ({ name, variants: { en: { text: name } } })],
    )
    await fc.assert(
      fc.asyncProperty(climbing, field, async (path, [route, body]) => {
        const answer = await stack.request('POST', route, body(path))
        expect(answer.status, answer.text).toBeLessThan(500)
        // What was sent may come back; what lies in a file may not.
        expect(answer.text).not.toMatch(inside)
      }),
      { numRuns: 300 },
    )
  })

  it('has made nothing outside, and inside only what the system itself calls so', async () => {
    expect(await outside()).toEqual(outsideBefore)
    const ours = [
      /^[\w.-]+$/,
      /^files\/file_[0-9A-Z]{26}(\.part)?$/,
      // Names that a caller may choose, and how they may be written.
      /^backups\/[a-z0-9-]+(\/[\w./-]+)?$/,
      /^instances\/[a-z0-9][a-z0-9_-]*(\/[\w.-]+)*$/,
      /^settings\/canary\.json$/,
    ]
    const names = await readdir(stack.data, { recursive: true })
    expect(names.filter((name) => name.includes('..') || !ours.some((it) => it.test(name)))).toEqual([])
  })
})

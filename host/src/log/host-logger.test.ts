import { expect, test } from 'vitest'
import { MASK } from '../secrets.ts'
import { capture } from '../testing/fake-world.ts'
import { createHostLogger } from './host-logger.ts'

test('each line is a JSON document with its level, time and bindings', async () => {
  const out = capture()
  const log = await createHostLogger({ level: 'info', pretty: false, write: out.write })
  log.child({ plugin: 'http' }).warn('slow', { ms: 12 })
  const line = JSON.parse(out.text) as { time: string }
  expect(line).toEqual({ level: 'warn', time: expect.any(String), plugin: 'http', ms: 12, msg: 'slow' })
  expect(new Date(line.time).toISOString()).toBe(line.time)
})

test('a change of the level reaches children that are there already', async () => {
  const out = capture()
  const log = await createHostLogger({ level: 'warn', pretty: false, write: out.write })
  const child = log.child({ plugin: 'a' })
  for (const it of ['debug', 'info', 'warn', 'error'] as const) child[it](it)
  log.setLevel('debug')
  for (const it of ['debug', 'info'] as const) child[it](it)
  expect(out.lines.map((it) => (JSON.parse(it) as { msg: string }).msg)).toEqual(['warn', 'error', 'debug', 'info'])
})

test('secrets do not get into a line, neither by their name nor as themselves', async () => {
  const out = capture()
  const log = await createHostLogger({ level: 'info', pretty: false, write: out.write, secrets: ['s3cr3t-value', ''] })
  log.error('refused s3cr3t-value', { apiKey: 'other', cause: new Error('bad key s3cr3t-value') })
  expect(out.text).not.toMatch(/s3cr3t|other/)
  expect(JSON.parse(out.text)).toMatchObject({ msg: `refused ${MASK}`, apiKey: MASK })
})

test('for eyes: the plugin in front, everything in one line', async () => {
  const out = capture()
  const log = await createHostLogger({ level: 'info', pretty: true, write: out.write })
  log.child({ plugin: 'http' }).info('listening', { port: 1 })
  log.info('ready')
  expect(out.lines).toHaveLength(2)
  expect(out.lines[0]).toMatch(/http: listening/)
  expect(out.lines[1]).toMatch(/ready/)
})

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kept } from '../network/journal.ts'
import { LinkFile } from './link-file.ts'
import { PhoneFiles } from './phone-files.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waqtor-phone-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const pairing = { pairing: 'p', generation: 1, number: '15550001111' }
const sent = (body: string): Kept => {
  const ids = { instance: 'a', to: '201001234567@c.us', messageId: body, bodyHash: '00' }
  return { time: '2030-01-01T00:00:00.000Z', ...ids, body }
}
const received = {
  time: '2030-01-01T00:00:00.000Z',
  instance: 'a',
  from: '201001234567@c.us',
  messageId: 'in',
  body: 'hi',
}

function files(limit = 100): PhoneFiles {
  const phone = new PhoneFiles(limit)
  phone.place('a', directory)
  return phone
}

const file = { sha256: 'f'.repeat(64), mimeType: 'image/png', bytes: 4, filename: 'a.png' }
const reaction = {
  ...{ time: '2030-01-01T00:00:00.000Z', instance: 'a', chat: '201001234567@c.us', messageId: 'one' },
  ...{ by: '201001234567@c.us', change: { type: 'reaction', emoji: '👍' } as const },
}

describe('the files of a phone', () => {
  it('bring back its pairing and its messages', () => {
    const before = files()
    expect(before.recall('a')).toBeUndefined()
    before.paired('a', pairing)
    before.accepted([{ ...sent('one'), kind: 'image', file }])
    before.received(received)
    before.changed(reaction)
    before.close()
    const entries = [{ ...sent('one'), kind: 'image', file }, received, reaction]
    expect(files().recall('a')).toEqual({ ...pairing, entries, truncated: false })
  })

  it('keep between half of the limit and all of it', () => {
    const phone = files(10)
    phone.paired('a', pairing)
    for (let i = 0; i < 23; i++) phone.accepted([sent(`m${i}`)])
    phone.close()
    const record = files(10).recall('a')
    expect(record?.entries.map((it) => 'body' in it && it.body)).toEqual(
      Array.from({ length: 8 }, (_, i) => `m${i + 15}`),
    )
    expect(record?.truncated).toBe(true)
  })

  it('go on counting where an earlier life stopped', () => {
    for (let i = 0; i < 12; i++) {
      const phone = files(10)
      phone.accepted([sent(`m${i}`)])
      phone.close()
    }
    const phone = files(10)
    phone.paired('a', pairing)
    expect(phone.recall('a')?.entries).toHaveLength(7)
    phone.close()
  })

  it('pass over lines that are spoiled', () => {
    const phone = files()
    phone.paired('a', pairing)
    phone.accepted([sent('one')])
    phone.close()
    const path = join(directory, 'simulator', 'messages.jsonl')
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"time":"20\n[]\n{"to":1}\n`)
    expect(files().recall('a')?.entries).toEqual([sent('one')])
    writeFileSync(join(directory, 'simulator', 'phone.json'), 'x')
    expect(files().recall('a')).toBeUndefined()
  })

  it('are private', () => {
    const phone = files()
    phone.paired('a', pairing)
    phone.accepted([sent('one')])
    phone.close()
    for (const name of ['phone.json', 'messages.jsonl']) {
      expect(statSync(join(directory, 'simulator', name)).mode & 0o077, name).toBe(0)
    }
    expect(statSync(join(directory, 'simulator')).mode & 0o077).toBe(0)
  })

  it('are written after the account was let go, but not after it was deleted', () => {
    const phone = files()
    phone.release('a')
    phone.accepted([sent('late')])
    expect(existsSync(join(directory, 'simulator', 'messages.jsonl'))).toBe(true)
    rmSync(directory, { recursive: true })
    expect(() => phone.accepted([sent('too late')])).toThrow(/ENOENT/)
    expect(existsSync(directory)).toBe(false)
    phone.close()
    expect(() => phone.accepted([sent('closed')])).toThrow(/nobody said/)
  })
})

describe('the link of an account', () => {
  it('is read as it was written, until it is removed', () => {
    const link = new LinkFile(directory)
    expect(link.read()).toBeNull()
    link.write('p1')
    link.write('p2')
    expect(new LinkFile(directory).read()).toBe('p2')
    expect(statSync(join(directory, 'simulator', 'link.json')).mode & 0o077).toBe(0)
    link.remove()
    link.remove()
    expect(link.read()).toBeNull()
  })

  it('counts as absent when it is spoiled', () => {
    const link = new LinkFile(directory)
    link.write('p1')
    for (const content of ['', '{', '{"pairing":7}', 'null']) {
      writeFileSync(join(directory, 'simulator', 'link.json'), content)
      expect(link.read(), content).toBeNull()
    }
  })
})

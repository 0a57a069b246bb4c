import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AddressBook } from './address-book.ts'
import { InboxFile } from './inbox-file.ts'
import { LifeFile } from './life-file.ts'
import { PairingFile } from './pairing-file.ts'
import { Profile } from './profile.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-files-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('the profile', () => {
  it('is for this user alone', async () => {
    const profile = new Profile(directory)
    await profile.prepare()
    expect((await stat(profile.directory)).mode & 0o777).toBe(0o700)
  })

  it('loses the locks of another host, and keeps those of this one', async () => {
    const profile = new Profile(directory)
    await profile.prepare()
    const lock = join(profile.directory, 'SingletonLock')
    await symlink(`${hostname()}-1`, lock)
    await profile.prepare()
    expect(await readdir(profile.directory)).toEqual(['SingletonLock'])
    await rm(lock)
    await symlink('a-container-of-yesterday-17', lock)
    await writeFile(join(profile.directory, 'SingletonCookie'), '')
    await profile.prepare()
    expect(await readdir(profile.directory)).toEqual([])
  })

  it('can be forgotten, also where there is none', async () => {
    const profile = new Profile(directory)
    await profile.wipe()
    await mkdir(join(profile.directory, 'Default'), { recursive: true })
    await profile.wipe()
    expect(await readdir(directory)).toEqual([])
  })
})

describe('the pairing', () => {
  it('stays the same for the same account, and is another one after it was forgotten', () => {
    const file = new PairingFile(directory)
    const id = file.of('201')
    expect(new PairingFile(directory).of('201')).toBe(id)
    expect(file.of('202')).not.toBe(id)
    const second = file.of('202')
    file.forget()
    expect(file.of('202')).not.toBe(second)
  })

  it('is drawn anew where the file is damaged', async () => {
    const file = new PairingFile(directory)
    const id = file.of('201')
    await writeFile(join(directory, 'pairing.json'), '{"id":')
    expect(file.of('201')).not.toBe(id)
  })
})

describe('the lives of browsers', () => {
  it('leave no doubt while each ends in order, the first one included', () => {
    const first = new LifeFile(directory)
    first.begin(100)
    expect(first.doubtUntil).toBe(0)
    first.end()
    const second = new LifeFile(directory)
    second.begin(200)
    expect(second.doubtUntil).toBe(0)
  })

  it('leave what one that was killed had taken in doubt, however those after it end', () => {
    new LifeFile(directory).begin(100)
    const second = new LifeFile(directory)
    second.begin(200)
    expect(second.doubtUntil).toBe(200)
    second.end()
    const third = new LifeFile(directory)
    third.begin(300)
    expect(third.doubtUntil).toBe(200)
  })
})

describe('the address book', () => {
  it('remembers who is who, and writes nothing twice', async () => {
    const book = new AddressBook(directory)
    book.learn('1@lid', '201@c.us')
    book.learn('1@lid', '201@c.us')
    const again = new AddressBook(directory)
    expect(again.numberOf('1@lid')).toBe('201@c.us')
    expect(again.lidOf('201@c.us')).toBe('1@lid')
    expect(again.numberOf('2@lid')).toBeUndefined()
    expect((await readFile(join(directory, 'addresses.jsonl'), 'utf8')).split('\n')).toHaveLength(2)
  })

  it('leaves out a line that a crash has cut off', async () => {
    new AddressBook(directory).learn('1@lid', '201@c.us')
    await appendFile(join(directory, 'addresses.jsonl'), '{"lid":"2@l')
    expect(new AddressBook(directory).numberOf('1@lid')).toBe('201@c.us')
  })
})

describe('the place in the inbox', () => {
  it('begins with the pairing: what is older is history', () => {
    const inbox = new InboxFile(directory)
    expect(inbox.newest).toBe(Number.POSITIVE_INFINITY)
    inbox.begin(100)
    expect(inbox.newest).toBe(100)
    inbox.begin(200)
    expect(inbox.newest).toBe(100)
    // Killed before any message came: the next one reads from the pairing on.
    expect(new InboxFile(directory).newest).toBe(100)
  })

  it('takes each message once, also after a restart', () => {
    const inbox = new InboxFile(directory)
    inbox.begin(100)
    inbox.take('a', 150)
    inbox.take('b', 120)
    expect([inbox.has('a'), inbox.has('b'), inbox.has('c')]).toEqual([true, true, false])
    inbox.flush()
    const again = new InboxFile(directory)
    expect(again.newest).toBe(150)
    expect([again.has('b'), again.has('c')]).toEqual([true, false])
    again.forget()
    expect(new InboxFile(directory).newest).toBe(Number.POSITIVE_INFINITY)
  })

  it('keeps the latest ids only', () => {
    const inbox = new InboxFile(directory)
    inbox.begin(0)
    for (let i = 0; i < 3_000; i++) inbox.take(`m${i}`, i)
    expect([inbox.has('m2999'), inbox.has('m0')]).toEqual([true, false])
    inbox.forget()
  })
})

import { mkdtemp, readlink, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Account } from '@waqtor/transport-suite'
import { type Control, type LocalDouble, startDouble } from '@waqtor/whatsapp-web-double'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { chromium } from './testing/chromium.ts'
import { chromiumGroups } from './testing/processes.ts'
import { linking, sharedFor, waiting } from './testing/stage.ts'

const calm: Control = {
  bootDelayMs: 0,
  missingVersion: false,
  missingModules: [],
  fastSync: false,
  whatsNew: false,
  credentialsIn: 'indexed-db',
  blackHole: false,
  ackDelayMs: 10,
}

/** What the bare library gets wrong when it starts, the plugin gets right. */
describe.skipIf(!chromium)('a start survives', () => {
  let double!: LocalDouble
  let accounts = 0
  const account = () => Account.create(`start-${++accounts}`)
  beforeAll(async () => {
    double = await startDouble()
  })
  beforeEach(() => double.control(calm))
  afterAll(() => double.close())

  const noChromium = (directory: string) => vi.waitFor(async () => expect(await chromiumGroups(directory)).toEqual([]))

  it('E1: a page that was synchronised before anybody listened, without waiting for it to stay so', async () => {
    await using it = await account()
    const shared = sharedFor(double, { limits: { kickMs: 600_000 } })
    const first = await it.ready(linking(double, shared))
    await first.transport.stop()
    await double.control({ fastSync: true })
    const { facts } = await it.ready(waiting(shared))
    expect(facts.all.map((fact) => fact.type)).toEqual(['authenticated', 'ready'])
  })

  it('E2: a page that is not what it was: it says so, and nothing is left running', async () => {
    await double.control({ missingVersion: true })
    await using it = await account()
    const { facts } = await it.start(waiting(sharedFor(double, { limits: { connectMs: 1_000 } })))
    expect((await facts.next('disconnected')).reason).toMatch(/WhatsApp may have changed its page/)
    await noChromium(it.directory)
  })

  it('E3: a page that loads itself anew while it shows a QR', async () => {
    await using it = await account()
    const { facts } = await it.start(waiting(sharedFor(double)))
    const first = await facts.next('qr')
    await double.control({ reload: 1 })
    const second = await facts.next('qr')
    expect(second.qr).not.toBe(first.qr)
    await double.scan({ qr: second.qr, instance: it.instance })
    await facts.next('ready')
  })

  it('E7: a stop at any moment of it', async () => {
    await using it = await account()
    const shared = sharedFor(double)
    for (const afterMs of [0, 50, 150, 300, 600, 1_000]) {
      const { transport } = await it.start(waiting(shared))
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      await transport.stop()
      await noChromium(it.directory)
    }
  })

  it('E9: a second one on the same profile, which takes over', async () => {
    await using it = await account()
    const shared = sharedFor(double)
    const first = await it.ready(linking(double, shared))
    const second = await it.ready(waiting(shared))
    expect((await first.facts.next('disconnected')).reason).toMatch(/took over/)
    expect(await chromiumGroups(it.directory)).toHaveLength(1)
    await second.transport.ping()
  })

  it('T3: a network that takes connections and never answers', async () => {
    await double.control({ blackHole: true })
    await using it = await account()
    const limits = { launchMs: 10_000, connectMs: 1 }
    const { facts } = await it.start(waiting(sharedFor(double, { limits })))
    expect((await facts.next('disconnected')).reason).toMatch(/took more than/)
    await noChromium(it.directory)
  })

  it('T4: a network without names', async () => {
    const nowhere = { chromiumArgs: ['--host-resolver-rules=MAP * ~NOTFOUND'] }
    await using it = await account()
    const { facts } = await it.start(waiting(sharedFor(nowhere)))
    expect((await facts.next('disconnected')).reason).toMatch(/web\.whatsapp\.com cannot be reached/)
    await noChromium(it.directory)
  })

  it('T1: a stop right after the pairing, which stays', async () => {
    await double.control({ credentialsIn: 'local-storage' })
    await using it = await account()
    const shared = sharedFor(double)
    const first = await it.start(linking(double, shared))
    const { pairing } = await first.facts.next('ready')
    await first.transport.stop()
    const second = await it.start(waiting(shared))
    expect((await second.facts.next('ready')).pairing).toBe(pairing)
  })

  it('K2: the lock of a container that is no more', async () => {
    await using it = await account()
    const shared = sharedFor(double)
    await (await it.ready(linking(double, shared))).transport.stop()
    const lock = join(it.directory, 'session', 'SingletonLock')
    await symlink('another-container-1', lock)
    await it.ready(waiting(shared))
    expect(await readlink(lock)).not.toBe('another-container-1')
  })

  it('a greeting that stands in the way of a fresh account', async () => {
    await double.control({ whatsNew: 'blocks' })
    await using it = await account()
    await it.ready(linking(double, sharedFor(double)))
  })

  it('a page on which nobody can listen to messages: it says so instead of being ready and deaf', async () => {
    await double.control({ missingModules: ['WAWebSyncGatingUtils'] })
    await using it = await account()
    const { facts } = await it.start(linking(double, sharedFor(double)))
    expect((await facts.next('disconnected')).reason).toMatch(/WhatsApp changed its page/)
    expect(facts.of('ready')).toEqual([])
  })

  it('a change of the page, when an older one is pinned', async () => {
    await using it = await account()
    const directory = await mkdtemp(join(tmpdir(), 'waqtor-page-'))
    try {
      await keepPage(double, join(directory, '2.3000.1.html'))
      await double.control({ missingVersion: true })
      // A page that no server has sent may not open a line to this machine otherwise.
      const features = '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets'
      const door = { chromiumArgs: [...double.chromiumArgs, features] }
      const shared = sharedFor(door, { pageVersion: { version: '2.3000.1', directory } })
      const { transport } = await it.ready(linking(double, shared))
      await transport.stop()
      const absent = sharedFor(double, { pageVersion: { version: '2.3000.2', directory } })
      const { facts } = await it.start(waiting(absent))
      expect((await facts.next('disconnected')).reason).toMatch(/'2\.3000\.2' that the config pins is not there/)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('one instance too many, which it refuses', async () => {
    await using one = await account()
    await using other = await account()
    const shared = sharedFor(double, { maxInstances: 1 })
    const { transport } = await one.start(waiting(shared))
    await expect(other.start(waiting(shared))).rejects.toThrow(/runs 1 WhatsApp accounts at once and no more/)
    await transport.stop()
    await other.start(waiting(shared))
  })

  it('failures without end: after some it waits', async () => {
    const nowhere = { chromiumArgs: ['--host-resolver-rules=MAP * ~NOTFOUND'] }
    await using it = await account()
    const shared = sharedFor(nowhere, { breaker: { failures: 2 } })
    for (let failure = 0; failure < 2; failure++) {
      const { facts } = await it.start(waiting(shared))
      await facts.next('disconnected')
    }
    await expect(it.start(waiting(shared))).rejects.toThrow(/too many connections were lost: .* cannot be reached/)
  })

  it('a machine without Chromium, and says what to do', async () => {
    await using it = await account()
    const shared = sharedFor(double, { chromium: { executablePath: '/nowhere/chromium' } })
    await expect(it.start(waiting(shared))).rejects.toThrow(
      /'\/nowhere\/chromium', which the config names, is no program/,
    )
  })
})

/** Keeps the page that is served now, as an operator would. */
async function keepPage(double: LocalDouble, file: string): Promise<void> {
  const port = /MAP web\.whatsapp\.com:443 127\.0\.0\.1:(\d+)/.exec(double.chromiumArgs.join(' '))![1]!
  const { request } = await import('node:https')
  const { writeFile } = await import('node:fs/promises')
  const html = await new Promise<string>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/', rejectUnauthorized: false }, (answer) => {
      answer.setEncoding('utf8')
      let text = ''
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })
  await writeFile(file, html)
}

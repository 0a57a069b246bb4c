import { readlink, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Control, type LocalDouble, startDouble } from './index.ts'
import { defaultFaults, defaultSettings } from './options.ts'
import { BareClient } from './testing/bare-client.ts'
import { eventually } from './testing/eventually.ts'
import { chromium } from './testing/find-chromium.ts'
import { groupMembers, HostProcess, killGroup } from './testing/host-process.ts'
import { temporaryDirectory } from './testing/temporary.ts'

const chat = '201001234567@c.us'

/** What a plugin must do better: each of these shows the library, left to itself, doing it wrong. */
describe.skipIf(!chromium || process.platform !== 'linux')('the bare library, when something is killed', () => {
  let double!: LocalDouble
  beforeAll(async () => {
    double = await startDouble()
  })
  beforeEach(() => double.control({ ...defaultSettings, ...defaultFaults, ackDelayMs: 10 } as Control))
  afterAll(() => double.close())

  async function linked(host: HostProcess, instance: string): Promise<HostProcess> {
    await double.scan({ qr: (await host.next('qr')).qr!, instance })
    await host.next('ready')
    return host
  }

  it('T1: loses a fresh link when Node is told to end, because Chromium is killed at once', async () => {
    await double.control({ credentialsIn: 'local-storage' })
    await using directory = await temporaryDirectory()
    await using host = await linked(new HostProcess(double, directory.path), 'fresh')
    const browser = await host.browser()
    host.signal('SIGTERM')
    await eventually(() => expect(groupMembers(browser)).toEqual([]))
    // Node itself goes on: the listener of the library's browser has taken the place of the default.
    expect(host.alive).toBe(true)
    await using again = await BareClient.prepare(double, { directory: directory.path })
    await again.client.initialize()
    await again.next('qr')
  })

  it('T2: has a message with ack 0 after Node and Chromium were killed, though the network has it', async () => {
    await double.control({ loseAckRate: 1, resend: false })
    await using directory = await temporaryDirectory()
    await using host = await linked(new HostProcess(double, directory.path), 'doubtful')
    const browser = await host.browser()
    host.send(chat, 'doubtful')
    await eventually(() => expect(double.accepted('doubtful')).toHaveLength(1))
    killGroup(browser)
    await host.kill()
    await using again = await BareClient.ready(double, 'doubtful', { directory: directory.path })
    const [line] = double.accepted('doubtful')
    expect((await again.client.getMessageById(line!.messageId)).ack).toBe(0)
    expect(double.count(line!.id)).toBe(1)
  })

  it('learns after a kill what became of a message where the page asks for it, and sends it no second time', async () => {
    await double.control({ loseAckRate: 1 })
    await using directory = await temporaryDirectory()
    await using host = await linked(new HostProcess(double, directory.path), 'asking')
    const browser = await host.browser()
    host.send(chat, 'asking')
    await eventually(() => expect(double.accepted('asking')).toHaveLength(1))
    killGroup(browser)
    await host.kill()
    await double.control({ loseAckRate: 0 })
    await using again = await BareClient.ready(double, 'asking', { directory: directory.path })
    const [line] = double.accepted('asking')
    expect((await again.client.getMessageById(line!.messageId)).ack).toBeGreaterThanOrEqual(1)
    expect(double.count(line!.id)).toBe(1)
  })

  it('sends by itself after a restart what it could not send before', async () => {
    await using directory = await temporaryDirectory()
    await using host = await linked(new HostProcess(double, directory.path), 'queued')
    const browser = await host.browser()
    host.send(chat, 'first')
    await eventually(() => expect(double.accepted('queued')).toHaveLength(1))
    await double.control({ account: 'queued', offline: true })
    host.send(chat, 'queued')
    await eventually(() => expect(host.sent).toHaveLength(2))
    killGroup(browser)
    await host.kill()
    expect(double.accepted('queued').map((it) => it.body)).toEqual(['first'])
    await double.control({ account: 'queued', offline: false })
    await using again = await BareClient.ready(double, 'queued', { directory: directory.path })
    await eventually(() => expect(double.accepted('queued').map((it) => it.body)).toEqual(['first', 'queued']))
    expect((await again.client.getMessageById(host.sent[1]!)).body).toBe('queued')
  })

  it('K1: leaves Chromium behind when Node is killed, unless it talks through a pipe', async () => {
    await using directory = await temporaryDirectory()
    await using orphaning = new HostProcess(double, directory.path, { puppeteer: { pipe: false } })
    const orphans = await orphaning.browser()
    await orphaning.kill()
    await using other = await temporaryDirectory()
    await using piped = new HostProcess(double, other.path)
    const browser = await piped.browser()
    await piped.kill()
    await eventually(() => expect(groupMembers(browser)).toEqual([]))
    // Longer ago than the piped one's, and still there.
    expect(groupMembers(orphans).length).toBeGreaterThan(0)
    killGroup(orphans)
  })

  it('K2: cannot start on a profile that a vanished container has locked, and does not say why', async () => {
    await using directory = await temporaryDirectory()
    await using first = await BareClient.prepare(double, { directory: directory.path })
    await first.client.initialize()
    const lock = join(directory.path, 'session-bare', 'SingletonLock')
    const [, pid] = (await readlink(lock)).split(/-(?=\d+$)/)
    await first.client.destroy()
    await unlink(lock).catch(() => {})
    await symlink(`another-container-${pid}`, lock)
    await using second = await BareClient.prepare(double, { directory: directory.path })
    await expect(second.client.initialize()).rejects.toThrow(/Target closed|Failed to launch/)
  })
})

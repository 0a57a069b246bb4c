import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from 'whatsapp-web.js'
import { type Control, type LocalDouble, startDouble } from './index.ts'
import { defaultFaults, defaultSettings } from './options.ts'
import { BareClient } from './testing/bare-client.ts'
import { eventually } from './testing/eventually.ts'
import { chromium } from './testing/find-chromium.ts'
import { leaks } from './testing/leaks.ts'
import { temporaryDirectory } from './testing/temporary.ts'

const socket = `window.require('WAWebSocketModel').Socket`

/** What a plugin must do better: each of these shows the library, left to itself, doing it wrong. */
describe.skipIf(!chromium)('the bare library, when it starts', () => {
  let double!: LocalDouble
  beforeAll(async () => {
    double = await startDouble({ faults: { ackDelayMs: 10 } })
  })
  beforeEach(() =>
    double.control({ ...defaultSettings, ...defaultFaults, ackDelayMs: 10, blackHole: false } as Control),
  )
  afterAll(() => double.close())

  it('E1: is never ready when the page was synchronised before it listened; a kick makes it so', async () => {
    await using directory = await temporaryDirectory()
    await (await BareClient.ready(double, 'one', { directory: directory.path })).client.destroy()
    await double.control({ fastSync: true })
    await using bare = await BareClient.prepare(double, { directory: directory.path })
    await bare.client.initialize()
    expect(await bare.evaluate(`${socket}.hasSynced`)).toBe(true)
    expect(await bare.evaluate('typeof window.WWebJS')).toBe('undefined')
    expect(bare.of('ready')).toEqual([])
    await bare.evaluate('window.onAppStateHasSyncedEvent()')
    await bare.next('ready')
  })

  it('E2: gives up with a string when the page has no version, and leaves the browser running', async () => {
    await double.control({ missingVersion: true })
    await using bare = await BareClient.prepare(double, { authTimeoutMs: 300 })
    await expect(bare.client.initialize()).rejects.toBe('auth timeout')
    expect(bare.client.pupBrowser?.isConnected()).toBe(true)
  })

  it('E3: shows a new QR when the page loads itself again', async () => {
    await using bare = await BareClient.prepare(double)
    await bare.client.initialize()
    const first = (await bare.next('qr'))[0]
    await double.control({ reload: 1 })
    expect((await bare.next('qr', 2))[0]).not.toBe(first)
  })

  it('E4: tells a message several times after a storm of reloads', async () => {
    await using bare = await BareClient.ready(double, 'stormy')
    // Each document loads itself again before its code is there, and most of them leave somebody waiting for that.
    await double.control({ bootDelayMs: 1_500, syncDelayMs: 1_000 })
    const timesTold = () => {
      const ids = bare.of('message').map(([it]) => (it as Message).id._serialized)
      return Math.max(0, ...ids.map((id) => ids.filter((it) => it === id).length))
    }
    for (let storm = 1; storm <= 6 && timesTold() < 2; storm++) {
      const before = { ready: bare.of('ready').length, message: bare.of('message').length }
      await double.control({ account: 'stormy', reload: 4, reloadEveryMs: 700 })
      await bare.next('ready', before.ready + 1)
      await double.deliver({ account: 'stormy', from: '201001234567', text: 'once' })
      await bare.next('message', before.message + 1)
      await bare.client.getState()
    }
    expect(timesTold()).toBeGreaterThan(1)
  })

  it('E4: leaves rejections behind when its page goes while it works', async () => {
    await using bare = await BareClient.ready(double, 'leaking')
    leaks.length = 0
    await double.control({ bootDelayMs: 1_000 })
    await eventually(async () => {
      await bare.client.pupPage!.reload({ waitUntil: 'domcontentloaded' }).catch(() => {})
      expect(leaks.length).toBeGreaterThan(0)
    })
  })

  it('E5: listens once more for every frame that the page opens', async () => {
    await using bare = await BareClient.ready(double, 'framed')
    await double.control({ account: 'framed', iframes: 3 })
    await eventually(async () => expect(await bare.evaluate(`${socket}.listeners('change:hasSynced').length`)).toBe(4))
    const before = bare.of('authenticated').length
    await double.control({ account: 'framed', resync: true })
    await bare.next('authenticated', before + 8)
  })

  it('E7: does nothing when it is stopped while the browser starts, and then has one', async () => {
    await using bare = await BareClient.prepare(double)
    const starting = bare.client.initialize()
    await bare.client.destroy()
    await starting
    expect(bare.client.pupBrowser?.isConnected()).toBe(true)
  })

  it('E9: cannot start twice on one profile; the first one stays', async () => {
    await using directory = await temporaryDirectory()
    await using first = await BareClient.ready(double, 'once', { directory: directory.path })
    await using second = await BareClient.prepare(double, { directory: directory.path })
    await expect(second.client.initialize()).rejects.toThrow('The browser is already running')
    expect(await first.client.getState()).toBe('CONNECTED')
  })

  it('T3: waits for ever where connections are taken and never answered', async () => {
    await double.control({ blackHole: true })
    await using bare = await BareClient.prepare(double, { authTimeoutMs: 100 })
    let settled = false
    const starting = bare.client.initialize().finally(() => {
      settled = true
    })
    const ended = expect(starting).rejects.toThrow()
    await eventually(() => expect(double.heldConnections).toBeGreaterThan(0))
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(settled).toBe(false)
    await bare.client.destroy()
    await ended
  })

  it('T4: leaves the browser running when the name cannot be resolved', async () => {
    const nowhere = { chromiumArgs: ['--host-resolver-rules=MAP * ~NOTFOUND'] }
    await using bare = await BareClient.prepare(nowhere)
    await expect(bare.client.initialize()).rejects.toThrow('net::ERR_NAME_NOT_RESOLVED')
    expect(bare.client.pupBrowser?.isConnected()).toBe(true)
  })

  it('is not ready while a greeting is in the way', async () => {
    await double.control({ whatsNew: 'blocks' })
    await using bare = await BareClient.prepare(double)
    await bare.client.initialize()
    await double.scan({ qr: String((await bare.next('qr'))[0]), instance: 'greeted' })
    await eventually(async () => expect(await bare.evaluate(`!!document.querySelector('[role=dialog]')`)).toBe(true))
    expect(bare.of('authenticated')).toEqual([])
    await bare.evaluate(`document.querySelector('[role=dialog] button').click()`)
    await bare.next('ready')
  })

  it('tells nobody what was written while it was away, though the page has it', async () => {
    await using directory = await temporaryDirectory()
    await (await BareClient.ready(double, 'away', { directory: directory.path })).client.destroy()
    const messageId = await double.deliver({ account: 'away', from: '201001234567', text: 'are you there?' })
    await using bare = await BareClient.ready(double, 'away', { directory: directory.path })
    expect((await bare.client.getMessageById(messageId)).body).toBe('are you there?')
    expect(bare.of('message')).toEqual([])
  })

  it('is linked by a code, too', async () => {
    const pairWithPhoneNumber = { phoneNumber: '201001112223', showNotification: true, intervalMs: 180_000 }
    await using bare = await BareClient.prepare(double, { pairWithPhoneNumber })
    await bare.client.initialize()
    const code = String((await bare.next('code'))[0])
    expect(code).toMatch(/^[0-9A-F]{8}$/)
    expect(await double.scan({ code, instance: 'coded' })).toBe('201001112223')
    await bare.next('ready')
    expect(bare.client.info.wid.user).toBe('201001112223')
  })
})

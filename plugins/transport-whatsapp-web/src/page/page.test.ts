import { afterEach, describe, expect, it, vi } from 'vitest'
import { raw } from '../testing/raw.ts'
import { capabilitiesOf, forwardMessage, showTyping } from './actions.ts'
import { askNumber, knownAddresses } from './addresses.ts'
import { armNextId, disarmNextId } from './drawn-id.ts'
import type { RawMessage } from './globals.ts'
import { askNetwork, dismissDialog, kickSync, readHealth, tellMissedSync } from './health.ts'
import { logoutPage, readMe } from './me.ts'
import { findMessage, readChat, readRecent } from './messages.ts'
import { preflight } from './preflight.ts'

/*
 * What is evaluated in WhatsApp's page runs here on the smallest page that it needs. The same functions run in a real
 * Chromium in the tests of the transport.
 */

const chatId = '201001234567@c.us'
const wid = (id: string) => ({ _serialized: id, user: id.split('@')[0]!, server: id.split('@')[1]! })

/** A page with these modules; whatever else is asked for throws, as in the real one. */
function page(modules: Record<string, unknown>, globals: Record<string, unknown> = {}): void {
  const require = (name: string) => {
    if (!(name in modules)) throw new Error(`Requiring unknown module "${name}"`)
    return modules[name]
  }
  vi.stubGlobal('require', require)
  const getMessageModel = (message: RawMessage) => message
  vi.stubGlobal('WWebJS', { getMessageModel, ...(globals.WWebJS as object) })
  for (const [name, value] of Object.entries(globals)) if (name !== 'WWebJS') vi.stubGlobal(name, value)
}

/** Collections of messages: some in memory, some in the database alone. */
function collections(memory: readonly RawMessage[], stored: readonly RawMessage[] = []) {
  const chats = new Map<string, { id: unknown; msgs: { getModelsArray(): RawMessage[]; msgLoadState?: object } }>()
  for (const it of memory) {
    const remote = String(it.id.remote)
    const chat = chats.get(remote) ?? { id: wid(remote), msgs: { getModelsArray: () => [] as RawMessage[] } }
    const messages = [...chat.msgs.getModelsArray(), it]
    chats.set(remote, { ...chat, msgs: { getModelsArray: () => messages } })
  }
  const Msg = {
    get: (id: string) => memory.find((it) => it.id._serialized === id),
    getMessagesById: async (ids: string[]) => ({ messages: stored.filter((it) => ids.includes(it.id._serialized)) }),
    getModelsArray: () => memory,
  }
  const Chat = { get: (id: { _serialized: string }) => chats.get(id._serialized) }
  return { chats, modules: { WAWebCollections: { Msg, Chat }, WAWebWidFactory: { createWid: wid } } }
}

afterEach(() => {
  vi.unstubAllGlobals()
  for (const own of ['waqtorDrawsIds', 'waqtorNextId', 'waqtorTurn']) Reflect.deleteProperty(globalThis, own)
})

describe('the health of the page', () => {
  it('is read from its socket', () => {
    page(
      {
        WAWebSocketModel: { Socket: { state: 'CONNECTED', hasSynced: true } },
        WAWebUserPrefsMeUser: { getMaybeMePnUser: () => wid(chatId), getMaybeMeLidUser: () => undefined },
      },
      { AuthStore: {} },
    )
    expect(readHealth()).toEqual({
      state: 'CONNECTED',
      hasSynced: true,
      isHeard: true,
      isInjected: true,
      isLinked: true,
    })
  })

  it('is not known of a page that loads', () => {
    const loading = { state: null, hasSynced: false, isHeard: false, isInjected: false, isLinked: false }
    expect(readHealth()).toEqual(loading)
    page({})
    expect(readHealth()).toEqual(loading)
  })

  it('can be helped: the library is told, where it listens', () => {
    expect(kickSync()).toBe(false)
    const onAppStateHasSyncedEvent = vi.fn()
    vi.stubGlobal('onAppStateHasSyncedEvent', onAppStateHasSyncedEvent)
    expect(kickSync()).toBe(true)
    expect(onAppStateHasSyncedEvent).toHaveBeenCalledOnce()
  })

  it('is told at once of a synchronisation that nobody heard, and of no other', () => {
    const onAppStateHasSyncedEvent = vi.fn()
    const Socket = { hasSynced: false }
    page({ WAWebSocketModel: { Socket } }, { onAppStateHasSyncedEvent })
    expect(tellMissedSync()).toBe(false)
    Socket.hasSynced = true
    expect(tellMissedSync()).toBe(true)
    vi.stubGlobal('waqtorCalled', { onAppStateHasSyncedEvent: true })
    expect(tellMissedSync()).toBe(false)
    expect(onAppStateHasSyncedEvent).toHaveBeenCalledOnce()
  })

  it('is proved by a question that only the network can answer', async () => {
    const queryWidExists = vi.fn(async () => ({}))
    const Me = { getMaybeMePnUser: vi.fn(() => wid(chatId)), getMaybeMeLidUser: () => undefined }
    page({ WAWebUserPrefsMeUser: Me, WAWebQueryExistsJob: { queryWidExists } })
    expect(await askNetwork()).toBe(true)
    expect(queryWidExists).toHaveBeenCalledWith(wid(chatId))
    Me.getMaybeMePnUser.mockReturnValue(undefined as never)
    expect(await askNetwork()).toBe(false)
  })

  it('closes a dialog with a single button, and answers no question', () => {
    const clicked: string[] = []
    const dialog = (...buttons: string[]) => ({
      querySelectorAll: () => buttons.map((name) => ({ click: () => clicked.push(name) })),
    })
    vi.stubGlobal('document', { querySelectorAll: () => [dialog('Continue'), dialog('Yes', 'No'), dialog()] })
    expect(dismissDialog()).toBe(true)
    expect(clicked).toEqual(['Continue'])
    vi.stubGlobal('document', { querySelectorAll: () => [dialog('Yes', 'No')] })
    expect(dismissDialog()).toBe(false)
  })
})

describe('the account', () => {
  it('is known by either address, and can be unlinked', async () => {
    const logout = vi.fn(async () => {})
    page({
      WAWebUserPrefsMeUser: { getMaybeMePnUser: () => wid(chatId), getMaybeMeLidUser: () => undefined },
      WAWebSocketModel: { Socket: { logout } },
    })
    expect(readMe()).toEqual({ pn: chatId, lid: null })
    await logoutPage()
    expect(logout).toHaveBeenCalledOnce()
  })
})

describe('a message', () => {
  const inMemory = raw({ wireId: 'A' })
  const inDatabase = raw({ wireId: 'B' })

  it('is found in memory and in the database, under any of its ids', async () => {
    page(collections([inMemory], [inDatabase]).modules)
    expect(await findMessage(['x', inMemory.id._serialized])).toBe(inMemory)
    expect(await findMessage(['x', inDatabase.id._serialized])).toBe(inDatabase)
    expect(await findMessage(['x'])).toBeNull()
  })

  it('is looked for before it is sent, together with the state of the page', async () => {
    const { modules } = collections([inMemory])
    page({ ...modules, WAWebSocketModel: { Socket: { state: 'CONNECTED' } } })
    const found = await preflight([inMemory.id._serialized], [chatId])
    expect(found).toEqual({ state: 'CONNECTED', isInjected: true, found: inMemory, hasChat: true, isArmed: false })
    expect(await preflight(['x'], ['1@c.us'])).toMatchObject({ found: null, hasChat: false })
    vi.unstubAllGlobals()
    expect(await preflight([], [])).toMatchObject({ isInjected: false, state: null })
  })

  it('gets its id with that look, where the page takes ids and nothing stands in the way', async () => {
    const keys = { newId: async () => 'OWN' }
    const Socket = { state: 'CONNECTED' }
    page({ ...collections([inMemory]).modules, WAWebSocketModel: { Socket }, WAWebMsgKey: keys })
    expect(await preflight(['x'], [chatId], 'MINE')).toMatchObject({ isArmed: false })
    armNextId('ANOTHER')
    disarmNextId()
    expect(await preflight(['x'], [chatId], 'MINE')).toMatchObject({ isArmed: true })
    expect([await keys.newId(), await keys.newId()]).toEqual(['MINE', 'OWN'])
    expect(await preflight([inMemory.id._serialized], [chatId], 'MINE')).toMatchObject({ isArmed: false })
    expect(await preflight(['x'], ['1@c.us'], 'MINE')).toMatchObject({ isArmed: false })
    Socket.state = 'TIMEOUT'
    expect(await preflight(['x'], [chatId], 'MINE')).toMatchObject({ isArmed: false })
    expect(await keys.newId()).toBe('OWN')
  })

  it('does not get its id any more once it was given up, or the next one is looked for', async () => {
    const keys = { newId: async () => 'OWN' }
    const { modules } = collections([inMemory])
    page({ ...modules, WAWebSocketModel: { Socket: { state: 'CONNECTED' } }, WAWebMsgKey: keys })
    armNextId('ANOTHER')
    disarmNextId()
    const givenUp = preflight(['x'], [chatId], 'GIVEN UP')
    disarmNextId()
    expect(await givenUp).toMatchObject({ isArmed: false })
    const slow = preflight(['x', 'y', 'z'], [chatId], 'SLOW')
    expect(await preflight(['x'], [chatId], 'NEXT')).toMatchObject({ isArmed: true })
    expect(await slow).toMatchObject({ isArmed: false })
    expect(await keys.newId()).toBe('NEXT')
  })

  it('can be acted upon as far as WhatsApp allows', async () => {
    const mine = raw({ own: true, wireId: 'C' })
    const can = {
      canEditText: () => true,
      canEditCaption: () => true,
      canSenderRevokeMsg: () => false,
      canAdminRevokeMsg: () => true,
    }
    page({ ...collections([inMemory, mine]).modules, WAWebMsgActionCapability: can })
    expect(await capabilitiesOf(mine.id._serialized)).toEqual({ canEdit: true, canRevoke: true })
    expect(await capabilitiesOf(inMemory.id._serialized)).toEqual({ canEdit: false, canRevoke: true })
    expect(await capabilitiesOf('x')).toBeNull()
  })

  it('is passed on under the id that was armed, where the page honours it', async () => {
    const forwarded = raw({ own: true, wireId: 'NEW' })
    const forwardMessageInPage = vi.fn(async () => {})
    page(collections([inMemory, raw({ own: true, wireId: 'OLD' }), forwarded]).modules, {
      WWebJS: { forwardMessage: forwardMessageInPage },
    })
    expect(await forwardMessage(chatId, [inMemory.id._serialized], 'NEW')).toBe(forwarded)
    expect(await forwardMessage(chatId, [inMemory.id._serialized], 'OTHER')).toBe(forwarded)
    expect(await forwardMessage(chatId, ['x'], 'NEW')).toBe('missing')
    expect(await forwardMessage('1@c.us', [inMemory.id._serialized], 'NEW')).toBeNull()
    expect(forwardMessageInPage).toHaveBeenCalledTimes(3)
  })
})

describe('a chat', () => {
  const at = (t: number, wireId: string) => raw({ wireId, t })

  it('is read back to an anchor, to a time, or to its beginning', async () => {
    const { modules, chats } = collections([at(30, 'C'), at(20, 'B')])
    const earlier = [[at(10, 'A')], []]
    const chat = chats.get(chatId)!
    const loadEarlierMsgs = vi.fn(async () => {
      const next = earlier.shift() ?? []
      if (next.length === 0) chat.msgs.msgLoadState = { noEarlierMsgs: true }
      return next
    })
    page({ ...modules, WAWebChatLoadMessages: { loadEarlierMsgs } })
    const read = (anchors: string[], since = 0, limit = 100) => readChat([chatId], { anchors, since, limit })
    const ids = (view: Awaited<ReturnType<typeof readChat>>) => view?.messages.map((it) => it.id.id)

    expect(ids(await read([`false_${chatId}_B`]))).toEqual(['B', 'C'])
    expect(ids(await read([], 25))).toEqual(['B', 'C'])
    expect(ids(await read([], 0, 1))).toEqual(['B', 'C'])
    expect(loadEarlierMsgs).not.toHaveBeenCalled()
    const whole = await read([])
    expect(ids(whole)).toEqual(['A', 'B', 'C'])
    expect(whole?.isWhole).toBe(true)
  })

  it('is not whole just because nothing more comes', async () => {
    const { modules } = collections([at(30, 'C')])
    page({ ...modules, WAWebChatLoadMessages: { loadEarlierMsgs: async () => undefined } })
    expect((await readChat([chatId], { anchors: [], since: 0, limit: 100 }))?.isWhole).toBe(false)
    expect(await readChat(['1@c.us'], { anchors: [], since: 0, limit: 100 })).toBeNull()
  })

  it('tells what is recent, whatever the chat, the oldest first', () => {
    const notice = raw({ wireId: 'N', t: 50, isNotification: true })
    page(collections([at(30, 'C'), at(10, 'A'), at(20, 'B'), notice]).modules)
    expect(readRecent(15, 10).map((it) => it.id.id)).toEqual(['B', 'C'])
    expect(readRecent(0, 1).map((it) => it.id.id)).toEqual(['C'])
  })

  it('is known by any of its addresses, and shows that one writes', async () => {
    const sendChatstate = vi.fn(async () => true)
    page(collections([at(1, 'A')]).modules, { WWebJS: { sendChatstate } })
    await showTyping(chatId, 'recording')
    expect(sendChatstate).toHaveBeenCalledWith('recording', chatId)
  })
})

describe('addresses', () => {
  it('are told as far as the page knows them by itself', () => {
    const known = { getPhoneNumber: () => wid(chatId), getCurrentLid: () => undefined }
    page({ WAWebWidFactory: { createWid: wid }, WAWebApiContact: known })
    expect(knownAddresses('7@lid')).toEqual({ lid: '7@lid', pn: chatId })
    expect(knownAddresses(chatId)).toEqual({ lid: null, pn: chatId })
  })

  it('are asked for', async () => {
    const queryWidExists = vi.fn(async (): Promise<unknown> => ({ wid: wid(chatId) }))
    page({ WAWebWidFactory: { createWid: wid }, WAWebQueryExistsJob: { queryWidExists } })
    expect(await askNumber(chatId)).toBe(chatId)
    queryWidExists.mockResolvedValue(null)
    expect(await askNumber(chatId)).toBeNull()
  })
})

describe('the id of the next message', () => {
  it('is the one that was armed, once', async () => {
    const keys = { newId: async () => 'OWN' }
    page({ WAWebMsgKey: keys })
    expect(armNextId('MINE')).toBe(true)
    expect([await keys.newId(), await keys.newId()]).toEqual(['MINE', 'OWN'])
    armNextId('NOT USED')
    disarmNextId()
    expect(await keys.newId()).toBe('OWN')
  })

  it('cannot be chosen where the page does not let itself be told', () => {
    page({ WAWebMsgKey: Object.freeze({ newId: async () => 'OWN' }) })
    expect(armNextId('MINE')).toBe(false)
    page({ WAWebMsgKey: {} })
    expect(armNextId('MINE')).toBe(false)
  })
})

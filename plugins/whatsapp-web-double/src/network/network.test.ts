import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalDouble, startDouble } from '../index.ts'
import { eventually } from '../testing/eventually.ts'
import { HandPage } from '../testing/hand-page.ts'
import { lidOf } from './numbers.ts'

const group = '120363000000000001@g.us'

describe('the network behind the pages', () => {
  let double!: LocalDouble
  beforeAll(async () => {
    double = await startDouble({ faults: { ackDelayMs: 1 } })
  })
  afterAll(() => double.close())

  it('sends a page away whose link it does not know', async () => {
    using page = await HandPage.open(double)
    page.say({ type: 'hello', pairing: 'never-linked', pending: [] })
    expect(await page.next('unlinked')).toEqual({ type: 'unlinked', how: 'navigate' })
  })

  it('lets nobody in who is offline', async () => {
    const { page, credentials } = await HandPage.linked(double, 'offline')
    using _ = page
    const cut = page.closed
    await double.control({ account: 'offline', offline: true })
    await cut
    using again = await HandPage.open(double)
    const refused = again.closed
    again.say({ type: 'hello', pairing: credentials.pairing, pending: [] })
    await refused
    expect(again.heard).toEqual([])
  })

  it('gives a session to one page, and forgets what the earlier one still had on its way', async () => {
    const { page: first, credentials } = await HandPage.linked(double, 'shared')
    using _ = first
    await double.control({ account: 'shared', latencyMs: 50 })
    first.send({ chat: '201001234567@c.us', id: '3EB0AA' })
    await eventually(() => expect(double.underWay).toBe(1))
    using second = await HandPage.back(double, credentials)
    expect(await first.next('ended')).toEqual({ type: 'ended', state: 'CONFLICT' })
    await eventually(() => expect(double.underWay).toBe(0))
    expect(double.count('3EB0AA')).toBe(0)
    second.send({ chat: '201001234567@c.us', id: '3EB0AA' })
    await eventually(() => expect(double.count('3EB0AA')).toBe(1))
  })

  it('tells a page that comes back what became of its messages', async () => {
    const { page, credentials } = await HandPage.linked(double, 'back')
    await double.control({ account: 'back', loseAckRate: 1 })
    page.send({ chat: '201001234567@c.us', id: '3EB0AB' })
    await eventually(() => expect(double.count('3EB0AB')).toBe(1))
    page[Symbol.dispose]()
    const pending = ['true_201001234567@c.us_3EB0AB', 'true_201001234567@c.us_3EB0NEVER']
    using again = await HandPage.back(double, credentials, pending)
    const { acks } = await again.next('welcome')
    expect(acks.map((it) => it.key)).toEqual([pending[0]])
    expect(page.all('ack')).toEqual([])
  })

  it('keeps acknowledgements for a page that is away', async () => {
    const { page, credentials } = await HandPage.linked(double, 'acks')
    page.send({ chat: '201001234567@c.us', id: '3EB0AC' })
    await page.next('ack', 3)
    expect(page.all('ack').map((it) => it.ack)).toEqual([1, 2, 3])
    const gone = page.closed
    page[Symbol.dispose]()
    await gone
    await eventually(async () => {
      await double.change({ account: 'acks', messageId: '3EB0AC', ack: 4 })
      using again = await HandPage.back(double, credentials)
      expect((await again.next('welcome')).acks).toContainEqual({ key: 'true_201001234567@c.us_3EB0AC', ack: 4 })
    })
  })

  it('refuses what goes to nobody, to a stranger group, or to a number that is not on WhatsApp', async () => {
    const { page } = await HandPage.linked(double, 'refused')
    using _ = page
    await double.control({ unregister: ['201000000009'] })
    for (const chat of ['12@c.us', '120363999@g.us', '201000000009@c.us']) page.send({ chat, id: `3EB0${chat}` })
    await page.next('ack', 3)
    expect(page.all('ack').map((it) => it.ack)).toEqual([-1, -1, -1])
    expect(double.accepted('refused')).toEqual([])
  })

  it('brings what was written meanwhile before or after the page is synchronised', async () => {
    const { page, credentials } = await HandPage.linked(double, 'late')
    page[Symbol.dispose]()
    await double.deliver({ account: 'late', from: '201001234567', text: 'one' })
    using early = await HandPage.back(double, credentials, [], false)
    expect((await early.next('welcome')).items).toMatchObject([{ what: 'message', message: { body: 'one' } }])
    await double.control({ account: 'late', offlineDelivery: 'after-sync' })
    using late = await HandPage.back(double, credentials, [], false)
    expect((await late.next('welcome')).items).toEqual([])
    late.say({ type: 'synced' })
    const [item] = (await late.next('items')).items
    late.say({ type: 'received', number: item!.number })
    await eventually(async () => {
      using empty = await HandPage.back(double, credentials)
      expect(empty.all('items')).toEqual([])
    })
  })

  it('shows members of a group to each other by their hidden identities, where the group wants it', async () => {
    await double.group({ id: group, subject: 'Quiet', members: ['mona', 'nour'], lidMode: true })
    const { page: mona } = await HandPage.linked(double, 'mona')
    const { page: nour } = await HandPage.linked(double, 'nour')
    using _ = mona
    using __ = nour
    const lid = lidOf(await double.number('mona'))
    expect((await nour.next('welcome')).groups).toMatchObject([
      { id: group, lidMode: true, members: [{ id: lid, admin: true }, { admin: false }] },
    ])
    mona.send({ chat: group, id: '3EB0AD', body: 'hush' })
    expect((await nour.next('items')).items).toMatchObject([
      { what: 'message', message: { chat: group, author: lid, participant: lid, fromMe: false, body: 'hush' } },
    ])
  })

  it('says what is wrong with what a test asks for', async () => {
    const poll = await double.deliver({
      account: 'asked',
      from: '201001234567',
      poll: { question: '?', options: ['A'] },
    })
    const change = { account: 'asked', messageId: poll }
    await expect(double.change({ ...change, vote: ['B'] })).rejects.toThrow('the poll has only the options A')
    await expect(double.change(change)).rejects.toThrow('say what is done')
    await expect(double.change({ ...change, account: 'stranger' })).rejects.toThrow("'stranger' has no message")
    await expect(double.change({ ...change, messageId: 'x' })).rejects.toThrow("the network has no message 'x'")
    await expect(double.deliver({ account: 'asked', from: '12' })).rejects.toThrow("nobody can have the number '12'")
    await expect(double.deliver({ from: '201001234567' })).rejects.toThrow('say whose')
    await expect(double.scan({ code: 'NONE' })).rejects.toThrow('no page shows this code')
  })
})

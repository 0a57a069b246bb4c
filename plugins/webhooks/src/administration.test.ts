import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Instances } from '@waqtor/contracts'
import { fake } from '@waqtor/kernel/testing'
import { hostileResolve, hostileUrls, recordingConnect } from '@waqtor/outgoing-requests/testing'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { Fact, HostFact, Secret } from './fixtures/facts.ts'
import { startReceiver } from './fixtures/receiver.ts'
import { principal, startWebhooks } from './fixtures/start.ts'
import { KEY_FILE } from './sealing.ts'

const elsewhere = { url: 'https://93.184.216.34/hook' }
/** For tests in which nothing is delivered: whatever is tried reaches nothing. */
const nowhere = () => ({ ...recordingConnect(), resolve: hostileResolve })

describe('making a webhook', () => {
  it('shows the secret once, and everything else as it was asked for', async () => {
    await using test = await startWebhooks(nowhere())
    const made = await test.make(elsewhere, {
      types: ['test.fact', 'test.fact', 'message_received'],
      instances: ['shop'],
      headers: { 'X-Token': 'very-private' },
      description: ' Orders ',
      concurrency: 1,
    })
    expect(made.secret).toMatch(/^whsec_/)
    const { secret, ...shown } = made
    expect(shown).toEqual({
      id: expect.stringMatching(/^whk_/),
      url: elsewhere.url,
      types: ['test.fact', 'message_received'],
      instances: ['shop'],
      headerNames: ['X-Token'],
      description: 'Orders',
      concurrency: 1,
      enabled: true,
      disabledReason: null,
      createdBy: 'system',
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
      oldSecretUntil: null,
    })
    expect(await test.run(contract.getWebhook, { id: made.id })).toEqual(shown)
    const text = JSON.stringify([await test.run(contract.listWebhooks, {}), test.lines, test.events])
    for (const it of [secret, 'very-private']) expect(text).not.toContain(it)
  })

  it.each([
    ['no.such', /there is no event 'no.such'/],
    ['webhook.failed', /cannot be delivered itself/],
    ['test.passing', /live only/],
    ['constructor', /there is no event/],
  ])('refuses the type %s', async (type, message) => {
    await using test = await startWebhooks(nowhere())
    await expect(test.make(elsewhere, { types: ['test.fact', type] })).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      message: expect.stringMatching(message),
      details: { errors: [{ path: 'types.1' }] },
    })
  })

  it('refuses headers that are not the caller’s to set, an account that is not there, and one too many', async () => {
    const known = fake(Instances, { has: (id) => id === 'shop' })
    await using test = await startWebhooks({ ...nowhere(), fakes: [known], config: { most: 1 } })
    await expect(test.make(elsewhere, { headers: { Host: 'x' } })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    await expect(test.make(elsewhere, { instances: ['shp'] })).rejects.toMatchObject({ code: 'WAQ_INSTANCE_UNKNOWN' })
    const { id } = await test.make(elsewhere, { instances: ['shop'] })
    await expect(test.make(elsewhere)).rejects.toMatchObject({ code: 'WAQ_CONFLICT', message: /there are 1 webhooks/ })
    await test.run(contract.deleteWebhook, { id })
    await test.make(elsewhere)
  })

  it('C5: refuses every URL that leads into a private network, and connects nowhere', async () => {
    const { connect, dialled } = recordingConnect()
    await using test = await startWebhooks({ connect, resolve: hostileResolve })
    const { id } = await test.make(elsewhere, { enabled: false })
    for (const { url } of hostileUrls()) {
      const refused = { status: 400 }
      await expect(test.make({ url }), url).rejects.toMatchObject(refused)
      await expect(test.run(contract.updateWebhook, { id, url }), url).rejects.toMatchObject(refused)
    }
    expect(dialled).toEqual([])
  })

  it('C6: does not connect where a name leads later on', async () => {
    const { connect, dialled } = recordingConnect()
    let addresses = ['93.184.216.34']
    await using test = await startWebhooks({ connect, resolve: async () => addresses })
    const { id } = await test.make({ url: 'https://rebinding.example/' })
    addresses = ['127.0.0.1']
    expect(await test.run(contract.testWebhook, { id })).toMatchObject({
      ok: false,
      statusCode: null,
      problem: "'rebinding.example:443' leads into a private or reserved network",
    })
    expect(dialled).toEqual([])
  })
})

describe('who may', () => {
  const maker = ['webhooks:read', 'webhooks:write', 'facts:read']

  it('have delivered only what it may see itself, of accounts that it reaches', async () => {
    await using test = await startWebhooks(nowhere())
    const making = (types: string[], instances: 'all' | string[], who: ReturnType<typeof principal>) =>
      test.run(contract.createWebhook, { ...elsewhere, types, instances }, { principal: who }).then(
        () => 'made',
        ({ code, message }) => `${code} ${message}`,
      )
    const all = principal(maker)
    const shop = principal(maker, ['shop'])
    expect(await making(['test.fact'], 'all', all)).toBe('made')
    expect(await making(['test.fact'], ['shop'], shop)).toBe('made')
    expect(await making(['test.secret'], 'all', all)).toMatch(/^WAQ_FORBIDDEN a webhook cannot hand out 'test.secret'/)
    expect(await making(['test.fact', 'session_qr'], 'all', all)).toMatch(/^WAQ_FORBIDDEN .*'session_qr'/)
    expect(await making(['session.qr'], 'all', all)).toMatch(/^WAQ_FORBIDDEN/)
    expect(await making(['smartbot_reply'], 'all', all)).toMatch(/^WAQ_FORBIDDEN/)
    expect(await making(['session_qr'], 'all', principal([...maker, 'instances:pair']))).toBe('made')
    expect(await making(['test.fact'], 'all', shop)).toMatch(/^WAQ_FORBIDDEN .*all accounts/)
    expect(await making(['test.fact'], ['shop', 'default'], shop)).toMatch(/^WAQ_FORBIDDEN/)
    // The host's own events are for those who reach all accounts.
    expect(await making(['test.host-fact'], ['shop'], shop)).toMatch(/^WAQ_FORBIDDEN/)
    expect(await making(['test.fact'], 'all', principal(['facts:read']))).toMatch(/^WAQ_FORBIDDEN/)
  })

  it('find a webhook at all: only those who may see its events', async () => {
    await using test = await startWebhooks(nowhere())
    const { id } = await test.make(elsewhere, { types: ['test.secret'], instances: ['shop'] })
    const mine = await test.make(elsewhere, { instances: ['shop'] })
    const call = { principal: principal(maker, ['shop']) }
    const { items } = await test.run(contract.listWebhooks, {}, call)
    expect(items.map((it) => it.id)).toEqual([mine.id])
    expect(await test.run(contract.webhookTotals, {}, call)).toMatchObject({ webhooks: 1 })
    const commands = [
      contract.getWebhook,
      contract.updateWebhook,
      contract.deleteWebhook,
      contract.rotateWebhookSecret,
      contract.testWebhook,
      contract.listDeliveries,
      contract.listDeadLetters,
      contract.replayDeadLetters,
      contract.discardDeadLetters,
      contract.webhookStats,
    ]
    for (const it of commands)
      await expect(test.run(it as typeof contract.getWebhook, { id }, call)).rejects.toMatchObject({ status: 404 })
    await expect(test.run(contract.getDelivery, { id, deliveryId: 1 }, call)).rejects.toMatchObject({ status: 404 })
    await expect(test.run(contract.replayDeliveries, { id, deliveryId: 1 }, call)).rejects.toMatchObject({
      status: 404,
    })
    // Nor does it give itself more by changing its own.
    const more = { id: mine.id, types: ['test.fact', 'test.secret'] }
    await expect(test.run(contract.updateWebhook, more, call)).rejects.toMatchObject({ status: 403 })
    await expect(test.run(contract.updateWebhook, { id: mine.id, instances: 'all' }, call)).rejects.toMatchObject({
      status: 403,
    })
    const other = { id: mine.id, instance: 'default', after: '0' }
    await expect(test.run(contract.replayDeliveries, other, call)).rejects.toMatchObject({ status: 409 })
  })

  it('are told which types they can have', async () => {
    await using test = await startWebhooks(nowhere())
    const { items } = await test.run(
      contract.listWebhookTypes,
      {},
      { principal: principal([...maker, 'messages:read']) },
    )
    expect(items.map((it) => it.type).sort()).toEqual(['message_received', 'message_sent', Fact.id, HostFact.id])
    const all = await test.run(contract.listWebhookTypes, {})
    expect(all.items.map((it) => it.type)).toEqual(
      expect.arrayContaining([Secret.id, 'session.qr', 'session_qr', 'smartbot_reply']),
    )
    expect(all.items.map((it) => it.type)).not.toEqual(expect.arrayContaining(['webhook.failed']))
    expect(all.items.find((it) => it.type === 'session_qr')).toMatchObject({ stored: false, shortBody: true })
  })
})

describe('changing a webhook', () => {
  it('changes what is named and nothing else', async () => {
    await using test = await startWebhooks(nowhere())
    const { secret, ...made } = await test.make(elsewhere, { headers: { 'X-A': '1' } })
    const changed = await test.run(contract.updateWebhook, {
      id: made.id,
      description: 'new',
      concurrency: 2,
      enabled: false,
    })
    expect(changed).toEqual({
      ...made,
      description: 'new',
      concurrency: 2,
      enabled: false,
      updatedAt: expect.any(Number),
    })
    expect(changed.updatedAt).toBeGreaterThan(made.updatedAt)
    const headers = await test.run(contract.updateWebhook, { id: made.id, headers: { 'X-B': '2' }, enabled: true })
    expect(headers).toMatchObject({ headerNames: ['X-B'], enabled: true })
    await expect(test.run(contract.updateWebhook, { id: made.id, headers: { Host: 'x' } })).rejects.toMatchObject({
      status: 400,
    })
    await expect(test.run(contract.updateWebhook, { id: 'whk_01M8XK3V5T0Q2R4S6T8V0W2Y4Z' })).rejects.toMatchObject({
      status: 404,
    })
  })

  it('lets one of two at once win', async () => {
    await using test = await startWebhooks(nowhere())
    const { id } = await test.make(elsewhere)
    const both = await Promise.allSettled(
      ['a', 'b'].map((description) => test.run(contract.updateWebhook, { id, description })),
    )
    const lost = both.filter((it) => it.status === 'rejected')
    expect(lost.map((it) => it.reason.code)).toEqual(['WAQ_CONFLICT'])
  })

  it('lists in pages', async () => {
    await using test = await startWebhooks(nowhere())
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push((await test.make(elsewhere)).id)
    const first = await test.run(contract.listWebhooks, { limit: 3 })
    const second = await test.run(contract.listWebhooks, { limit: 3, cursor: first.nextCursor! })
    expect([...first.items, ...second.items].map((it) => it.id)).toEqual(ids)
    expect(second.nextCursor).toBeNull()
  })
})

describe('secrets', () => {
  it('are drawn anew; the former one is good for another day', async () => {
    await using receiver = await startReceiver()
    let now = Date.now()
    const clock = { now: () => now, wait: () => new Promise<void>(() => {}) }
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place], stopGraceMs: 0 }, clock })
    const made = await test.make(receiver)
    const rotated = await test.run(contract.rotateWebhookSecret, { id: made.id })
    expect(rotated.secret).not.toBe(made.secret)
    expect(rotated.oldSecretUntil).toBe(now + 86_400_000)
    const signedWith = async () => {
      await test.run(contract.testWebhook, { id: made.id })
      const { headers, body } = receiver.received.at(-1)!
      return [made, rotated].map(({ secret }) => {
        try {
          // The receiver's own clock is the wall clock; how old the message is does not matter here.
          const webhook = new Webhook(secret)
          const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
          const signature = webhook.sign(String(headers['webhook-id']), at, body)
          return String(headers['webhook-signature']).split(' ').includes(signature)
        } catch {
          return false
        }
      })
    }
    expect(await signedWith()).toEqual([true, true])
    now += 86_400_000
    expect(await signedWith()).toEqual([false, true])
    expect(await test.run(contract.getWebhook, { id: made.id })).toMatchObject({ oldSecretUntil: null })
  })

  it('D13: stand in no file in the clear', async () => {
    await using test = await startWebhooks(nowhere())
    const made = await test.make(elsewhere, { headers: { Authorization: 'Bearer very-private-token' } })
    const { secret } = await test.run(contract.rotateWebhookSecret, { id: made.id })
    const names = (await readdir(test.directory, { recursive: true, withFileTypes: true })).filter((it) => it.isFile())
    expect(names.map((it) => it.name)).toEqual(expect.arrayContaining(['host.db', KEY_FILE]))
    for (const { parentPath, name } of names) {
      const content = (await readFile(join(parentPath, name))).toString('latin1')
      for (const it of [made.secret, secret]) {
        expect(content).not.toContain(it.slice('whsec_'.length))
        expect(content).not.toContain(Buffer.from(it.slice('whsec_'.length), 'base64').toString('latin1'))
      }
      expect(content).not.toContain('very-private-token')
    }
  })

  it('that cannot be opened switch the webhook off, until a new one is drawn', async () => {
    await using first = await startWebhooks(nowhere())
    const { id } = await first.make(elsewhere, { headers: { 'X-A': '1' } })
    await first.kernel.close()
    await rm(join(first.directory, KEY_FILE))
    await using test = await startWebhooks({ ...nowhere(), directory: first.directory })
    expect(await test.run(contract.getWebhook, { id })).toMatchObject({
      enabled: false,
      disabledReason: expect.stringContaining('draw a new secret'),
      headerNames: [],
    })
    expect(test.lines.some((it) => it.level === 'error' && it.message.includes(id))).toBe(true)
    await expect(test.run(contract.updateWebhook, { id, enabled: true })).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
    })
    expect(await test.run(contract.rotateWebhookSecret, { id })).toMatchObject({ oldSecretUntil: null })
    expect(await test.run(contract.updateWebhook, { id, enabled: true })).toMatchObject({
      enabled: true,
      disabledReason: null,
    })
  })
})

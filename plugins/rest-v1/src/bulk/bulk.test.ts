import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Denial, definePlugin, z } from '@waqtor/kernel'
import { listCampaigns, listRecipients } from '@waqtor/plugin-campaigns/contract'
import { listMessages } from '@waqtor/plugin-messages/contract'
import { describe, expect, it, vi } from 'vitest'
import { type RestV1Test, startRestV1 } from '../fixtures/start-rest-v1.ts'

const many = Array.from({ length: 12 }, (_, i) => `2010012345${String(i).padStart(2, '0')}`)

function send(it: RestV1Test, body: object, idempotencyKey?: string, key = it.admin) {
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }
  return it.ask('/api/messages/send-bulk', { method: 'POST', body, headers, key })
}

/** What has gone out, oldest first. */
async function sent(it: RestV1Test): Promise<string[]> {
  const { items } = await it.test.run(listMessages, { direction: 'out', limit: 500 })
  return items.map(({ chatId, body }) => `${chatId.slice(0, -'@c.us'.length)}: ${body}`).reverse()
}

async function campaigns(it: RestV1Test) {
  return (await it.test.run(listCampaigns, {})).items
}

/** Refuses one command for as long as `open` says nothing. */
const barrier = (command: string, denial: { now: Denial | undefined }) =>
  definePlugin({
    name: 'barrier',
    config: z.object({}),
    setup(ctx) {
      ctx.tap(ctx.kernel.hooks.authorize, (subject) => (subject.id === command ? denial.now : undefined))
    },
  })

describe('a short list', () => {
  it('is sent at once, with the words of each', async () => {
    await using it = await startRestV1()
    const recipients = [{ phone: many[0], message: 'A {{n}}', n: 1 }, { phone: many[1] }, many[2]]
    const answer = await send(it, { recipients, message: 'B {{x}}', variables: { x: '{{n}}' } })
    expect(answer.body.data).toMatchObject({ total: 3, sent: 3, failed: 0 })
    expect(await sent(it)).toEqual([`${many[0]}: A 1`, `${many[1]}: B {{n}}`, `${many[2]}: B {{n}}`])
    expect(await campaigns(it)).toEqual([])
  })

  it('is sent once under one key, also to somebody who stands in it twice', async () => {
    await using it = await startRestV1()
    const body = { recipients: [many[0], many[1], many[0]], text: 'Once' }
    const first = await send(it, body, 'key-1')
    const again = await send(it, body, 'key-1')
    expect(again.text).toBe(first.text)
    expect(await sent(it)).toEqual([`${many[0]}: Once`, `${many[1]}: Once`, `${many[0]}: Once`])
    expect((await send(it, { ...body, text: 'Twice' }, 'key-1')).status).toBe(422)
    expect((await send(it, body, 'key-2')).status).toBe(200)
    expect(await sent(it)).toHaveLength(6)
  })

  it('fails as a whole where nobody can be sent to, and leaves its key free', async () => {
    const denial: { now: Denial | undefined } = {
      now: { status: 429, code: 'quota', reason: 'none left', retryAfter: 7 },
    }
    await using it = await startRestV1({ more: [barrier('messages.sendText', denial)()] })
    const refused = await send(it, { recipients: many.slice(0, 3), text: 'Later' }, 'key-1')
    expect([refused.status, refused.headers.get('retry-after'), refused.body]).toEqual([
      429,
      '7',
      { success: false, error: 'none left', code: 'quota', requestId: expect.any(String) },
    ])
    denial.now = undefined
    expect((await send(it, { recipients: [many[0]], text: 'Now' }, 'key-1')).body.data.sent).toBe(1)
  })

  it('says that the session is not ready, once and not for each of them', async () => {
    await using it = await startRestV1({ simulator: { autoPair: false }, messages: { waitMs: 20 } })
    const answer = await send(it, { recipients: many.slice(0, 3), text: 'Hello' })
    expect([answer.status, answer.body.success, answer.body.code]).toEqual([503, false, 'session_not_ready'])
  })
})

describe('a long list', () => {
  it('becomes a campaign that runs', async () => {
    await using it = await startRestV1()
    const { body } = await send(it, { name: 'News', recipients: many, message: 'Hello {{name|friend}}' })
    expect(body).toMatchObject({ success: true, mode: 'queue', data: { name: 'News', status: 'running', total: 12 } })
    await vi.waitFor(async () => expect(await campaigns(it)).toMatchObject([{ status: 'completed', sent: 12 }]))
    expect((await sent(it)).sort()).toEqual(many.map((number) => `${number}: Hello friend`))
  })

  it('sends a text with braces as it stands, and each message as it was meant', async () => {
    await using it = await startRestV1()
    await send(it, { recipients: many, text: 'Save {{50%}} {{now}}' })
    const each = many.map((phone, i) => ({ phone, message: 'No. {{i}}: {{said}}', i, said: '{{phone}}' }))
    await send(it, { recipients: each })
    await vi.waitFor(async () => expect(await sent(it)).toHaveLength(24))
    const all = await sent(it)
    for (const [i, number] of many.entries()) {
      expect(all).toContain(`${number}: Save {{50%}} {{now}}`)
      expect(all).toContain(`${number}: No. ${i}: {{phone}}`)
    }
  })

  it('begins where the config says', async () => {
    await using it = await startRestV1({ config: { instantUpTo: 1 } })
    expect((await send(it, { recipients: many.slice(0, 1), text: 'Hi' })).body.mode).toBe('instant')
    expect((await send(it, { recipients: many.slice(0, 2), text: 'Hi' })).body.mode).toBe('queue')
  })

  it('takes the pace and the rules of a campaign', async () => {
    await using it = await startRestV1()
    const pacing = { gapMs: 3_600_000 }
    await send(it, { recipients: many, text: 'Slow', pacing, courtesy: 'off', sendingHours: 'any' })
    expect(await campaigns(it)).toMatchObject([{ pacing: { inFlight: 1, gapMs: 3_600_000 }, courtesy: 'off' }])
    const wrong = await send(it, { recipients: many, text: 'Slow', courtesy: 'rude' })
    expect([wrong.status, wrong.body.errors[0].path]).toEqual([400, 'courtesy'])
  })

  it('B10: is one campaign under one key, however often and at once it is asked for', async () => {
    await using it = await startRestV1()
    const body = { recipients: many, text: 'Once' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(it, body, 'key-1')))
    const good = answers.filter(({ status }) => status === 200)
    expect(good.length).toBeGreaterThan(0)
    expect(new Set(good.map(({ text }) => text)).size).toBe(1)
    const others = answers.filter(({ status }) => status !== 200)
    expect(others.map(({ status, body: it }) => `${status} ${it.code}`)).toEqual(
      others.map(() => '409 idempotency_in_flight'),
    )
    expect((await send(it, body, 'key-1')).text).toBe(good[0]!.text)
    expect(await campaigns(it)).toHaveLength(1)
    expect((await send(it, { ...body, text: 'Twice' }, 'key-1')).body.code).toBe('idempotency_mismatch')
    const other = await it.key(['*'])
    expect((await send(it, body, 'key-1', other)).status).toBe(200)
    expect(await campaigns(it)).toHaveLength(2)
  })

  it('B10: that was made and not started is started by a repetition, and not made again', async () => {
    const denial: { now: Denial | undefined } = { now: { status: 503, code: 'reloading', reason: 'not now' } }
    await using it = await startRestV1({ more: [barrier('campaigns.start', denial)()] })
    const body = { recipients: many, text: 'Once' }
    expect((await send(it, body, 'key-1')).status).toBe(503)
    expect(await campaigns(it)).toMatchObject([{ status: 'draft' }])
    denial.now = undefined
    expect((await send(it, body, 'key-1')).status).toBe(200)
    await vi.waitFor(async () => expect(await campaigns(it)).toMatchObject([{ status: 'completed' }]))
    expect(await sent(it)).toHaveLength(12)
  })

  it('B10: is found again by its key after a restart of the host', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'waqtor-bulk-'))
    const denial: { now: Denial | undefined } = { now: { status: 503, code: 'reloading', reason: 'not now' } }
    const body = { recipients: many, text: 'Once' }
    let admin: string
    {
      await using before = await startRestV1({ directory, more: [barrier('campaigns.start', denial)()] })
      admin = before.admin
      expect((await send(before, body, 'key-1')).status).toBe(503)
    }
    {
      await using it = await startRestV1({ directory, admin })
      const first = await send(it, body, 'key-1')
      expect(first.status).toBe(200)
      await vi.waitFor(async () => expect(await campaigns(it)).toMatchObject([{ status: 'completed' }]))
      expect((await send(it, body, 'key-1')).text).toBe(first.text)
      expect(await sent(it)).toHaveLength(12)
    }
    await rm(directory, { recursive: true, force: true })
  })

  it('is not made by a key that may send messages and make no campaigns', async () => {
    await using it = await startRestV1()
    const key = await it.key(['messages:write'])
    expect((await send(it, { recipients: many, text: 'News' }, undefined, key)).status).toBe(403)
    expect((await send(it, { recipients: many.slice(0, 2), text: 'News' }, undefined, key)).status).toBe(200)
    expect(await campaigns(it)).toEqual([])
  })

  it('is refused where nothing runs campaigns', async () => {
    await using it = await startRestV1({ without: ['campaigns'] })
    const { status, body } = await send(it, { recipients: many, text: 'News' })
    expect([status, body.code, body.error]).toEqual([
      413,
      'body_too_large',
      expect.stringContaining('campaigns plugin'),
    ])
    expect((await send(it, { recipients: many.slice(0, 10), text: 'News' })).body.data.sent).toBe(10)
  })

  it('tells which of them cannot be sent to', async () => {
    await using it = await startRestV1()
    const list = [...many, 'nobody', many[0]!]
    const { body } = await send(it, { recipients: list, text: 'News' })
    expect(body.data).toMatchObject({
      total: 12,
      duplicates: 1,
      rejectedCount: 1,
      rejected: [{ line: 13, value: 'nobody' }],
    })
    const { items } = await it.test.run(listRecipients, { campaignId: body.data.campaignId, limit: 100 })
    expect(items).toHaveLength(12)
  })
})

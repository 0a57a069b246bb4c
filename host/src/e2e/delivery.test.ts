import { describe, expect, it, vi } from 'vitest'
import { Stack } from './fixtures/stack.ts'

const recipients = (count: number) => Array.from({ length: count }, (_, i) => `2010012${String(i).padStart(5, '0')}`)

describe('kill -9 in the middle of API sends with idempotency keys', () => {
  it('and the same requests again: the network has accepted each message once', async () => {
    await using stack = await Stack.create()
    await stack.startNetwork()
    const host = await stack.startHost()
    await stack.control({ latencyMs: 5 })
    const send = (to: string) =>
      stack.request(
        'POST',
        '/api/v2/messages/send-text',
        { chatId: to, text: `to ${to}` },
        { 'Idempotency-Key': `key-${to}` },
      )

    // Forty at a time, and more of them until the host is gone: it dies while they are under way, however fast it is.
    const all: string[] = []
    const sending = async () => {
      for (let isThere = true; isThere; ) {
        const to = `2010012${String(all.length).padStart(5, '0')}`
        all.push(to)
        isThere = await send(to).then(
          () => true,
          () => false,
        )
      }
    }
    const lanes = Promise.all(Array.from({ length: 40 }, sending))
    await vi.waitFor(async () => expect((await stack.accepted()).length).toBeGreaterThan(20), { interval: 5 })
    await host.end('SIGKILL')
    await lanes

    await stack.startHost()
    const answers = new Map<string, string>()
    for (const to of all) {
      const answer = await vi.waitFor(
        async () => {
          const it = await send(to)
          expect(it.status, it.text).toBe(200)
          return it
        },
        { timeout: 60_000, interval: 200 },
      )
      answers.set(to, answer.body.messageId)
    }
    const accepted = await stack.accepted()
    expect(accepted.map((it) => it.to).sort()).toEqual(all.map((it) => `${it}@c.us`).sort())
    for (const it of accepted) expect(answers.get(it.to.replace('@c.us', ''))).toBe(it.messageId)
  }, 180_000)
})

describe('kill -9 in the middle of a campaign', () => {
  it.each([1, 50])(
    'with %i under way: none doubled, none missing, nothing left in doubt',
    async (inFlight) => {
      await using stack = await Stack.create()
      await stack.startNetwork()
      let host = await stack.startHost()
      await stack.control({ latencyMs: 2, dropAnswerRate: 0.01 })
      const all = recipients(400)
      const created = await stack.request('POST', '/api/v2/campaigns', {
        name: 'c',
        template: 'Hello {{phone}}',
        recipients: all,
        pacing: { inFlight },
      })
      expect(created.status, created.text).toBe(201)
      const path = `/api/v2/campaigns/${created.body.campaignId}`
      await stack.request('POST', `${path}/start`, {})

      for (let kill = 1; kill <= 4; kill++) {
        const before = (await stack.accepted()).length
        await vi.waitFor(
          async () => expect((await stack.accepted()).length).toBeGreaterThan(Math.min(before + 25, 380)),
          { timeout: 60_000, interval: 5 },
        )
        await host.end('SIGKILL')
        host = await stack.startHost()
      }
      await stack.control({ dropAnswerRate: 0 })
      await vi.waitFor(async () => expect((await stack.request('GET', path)).body.status).toBe('completed'), {
        timeout: 120_000,
        interval: 100,
      })

      const { body } = await stack.request('GET', path)
      expect(body).toMatchObject({ total: 400, sent: 400, failed: 0, held: 0, queued: 0 })
      const accepted = await stack.accepted()
      expect(accepted.map((it) => it.to).sort()).toEqual(all.map((it) => `${it}@c.us`).sort())
    },
    240_000,
  )
})

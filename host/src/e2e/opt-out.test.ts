import { describe, expect, it, vi } from 'vitest'
import { Stack } from './fixtures/stack.ts'

interface LoggedEvent {
  readonly type: string
  readonly sequence: number
  readonly data: { readonly chatId?: string; readonly to?: string }
}

/** Everything of these types in the account's log, in the order of the commits. */
async function log(stack: Stack, types: string): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = []
  for (let after: string | null = '0'; after !== null; ) {
    const { status, text, body } = await stack.request('GET', `/api/v2/events?types=${types}&limit=500&after=${after}`)
    expect(status, text).toBe(200)
    events.push(...body.items)
    after = body.nextCursor
  }
  return events
}

const COUNT = 300

describe('STOPs that arrive from the network while a campaign runs', () => {
  it('keep every send from beginning that had not', async () => {
    await using stack = await Stack.create()
    await stack.startNetwork()
    await stack.startHost()
    await stack.control({ latencyMs: 2 })
    const all = Array.from({ length: COUNT }, (_, i) => `2010012${String(i).padStart(5, '0')}`)
    const { body: created } = await stack.request('POST', '/api/v2/campaigns', {
      name: 'c',
      template: 'Hello',
      recipients: all,
      pacing: { inFlight: 1 },
      courtesy: 'off',
    })
    const path = `/api/v2/campaigns/${created.campaignId}`
    await stack.request('POST', `${path}/start`, {})

    // Most of them are far from their turn, and some are about to have it.
    const stopped = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const to = all[Math.max((i * 7_919) % COUNT, (await stack.accepted()).length + (i % 5))]
      if (to === undefined) break
      stopped.add(`${to}@c.us`)
      await stack.deliver(to, 'STOP')
    }
    await vi.waitFor(async () => expect((await stack.request('GET', path)).body.status).toBe('completed'), {
      timeout: 60_000,
      interval: 50,
    })

    const sent = (await stack.accepted()).map((it) => it.to)
    expect(new Set(sent).size).toBe(sent.length)
    const { body: stats } = await stack.request('GET', path)
    expect(stats).toMatchObject({ total: COUNT, sent: sent.length, skipped: COUNT - sent.length })
    const skipped = all.map((it) => `${it}@c.us`).filter((it) => !sent.includes(it))
    expect(skipped.length).toBeGreaterThan(20)
    for (const it of skipped) expect(stopped).toContain(it)

    // With one under way, a send that had begun before the opt-out is the first that ends after it.
    const events = await vi.waitFor(
      async () => {
        const all = await log(stack, 'contact.opted-out,message.sent')
        expect(all.filter((it) => it.type === 'contact.opted-out')).toHaveLength(stopped.size)
        return all
      },
      { interval: 50 },
    )
    expect(events.filter((it) => it.type === 'message.sent')).toHaveLength(sent.length)
    for (const [at, { type, data }] of events.entries()) {
      if (type !== 'contact.opted-out') continue
      const later = events.slice(at).filter((it) => it.type === 'message.sent')
      expect(later.slice(1).map((it) => it.data.to)).not.toContain(data.chatId)
    }
  })
})

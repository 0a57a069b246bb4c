import { defineDisclosure } from '@waqtor/contracts'
import { type Denial, definePlugin, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { startRealtime } from './fixtures/start-realtime.ts'
import type { TestClient } from './fixtures/test-client.ts'
import { Secret, secretOf } from './fixtures/things.ts'

/** Says that the secret event shows what the command shows, and counts who looks. */
async function start(path: string) {
  const made = { looks: [] as unknown[], refuses: false }
  const entry = definePlugin({
    name: 'watcher',
    config: z.object({}),
    contributes: [defineDisclosure(Secret, secretOf)],
    setup(ctx) {
      ctx.tap(ctx.kernel.hooks.authorize, ({ id }, { via }, instance, input): Denial | undefined => {
        if (id !== secretOf.id || input === undefined) return undefined
        if (made.refuses) return { status: 503, code: 'audit_unavailable', reason: 'cannot be written' }
        made.looks.push([via, instance])
        return undefined
      })
    },
  })
  const it = await startRealtime({ more: [entry()] })
  return {
    it,
    made,
    async open() {
      const client = await it.open(path)
      if (path === '/events') await client.ask('subscribe', { types: [Secret.id] })
      return client
    },
    show: (code: string, instance?: string) => it.things.emit(Secret, { code }, instance),
    /** The codes that a client was shown by events. */
    async codes(client: TestClient, count: number): Promise<string[]> {
      const heard = await client.data(path === '/events' ? 'event' : 'secret', count)
      return heard.map((it) => (path === '/events' ? it.data.code : it.code))
    },
  }
}

describe('an event that shows what a command shows', () => {
  it('in a channel, is a look of each client, before it leaves and once for all that follow', async () => {
    const { it: test, made, open, show, codes } = await start('/things')
    await using _ = test
    made.refuses = true
    const clients = [await open(), await open()]
    for (const client of clients) await client.data('count')
    show('unseen')
    for (const client of clients) await client.settled()
    expect(clients.map((client) => client.names().includes('secret'))).toEqual([false, false])

    made.refuses = false
    for (const code of ['one', 'two', 'three']) show(code)
    show('elsewhere', 'shop')
    for (const client of clients) expect(await codes(client, 3)).toEqual(['one', 'two', 'three'])
    expect(made.looks).toEqual([
      ['ws', 'default'],
      ['ws', 'default'],
    ])
  })

  it('was one already when the client was shown it as it came', async () => {
    const { it: test, made, open, show, codes } = await start('/things')
    await using _ = test
    const client = await open()
    expect(await codes(client, 1)).toEqual(['1234'])
    show('next')
    expect(await codes(client, 2)).toEqual(['1234', 'next'])
    expect(made.looks).toHaveLength(1)
  })

  it('in a subscription, is a look as well, and the next one of the connection none', async () => {
    const { it: test, made, open, show, codes } = await start('/events')
    await using _ = test
    const client = await open()
    show('one')
    expect(await codes(client, 1)).toEqual(['one'])
    await client.ask('subscribe', {})
    show('two')
    expect(await codes(client, 2)).toEqual(['one', 'two'])
    expect(made.looks).toEqual([['ws', 'default']])
  })
})

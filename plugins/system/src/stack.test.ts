import campaigns from '@waqtor/plugin-campaigns'
import instances from '@waqtor/plugin-instances'
import messages from '@waqtor/plugin-messages'
import { sendText } from '@waqtor/plugin-messages/contract'
import simulator from '@waqtor/plugin-transport-simulator'
import { expect, it } from 'vitest'
import { startSystem } from './fixtures/start-system.ts'

it('the whole stack: every number is there, under a name as Prometheus wants it', async () => {
  await using it = await startSystem({
    plugins: [instances(), simulator({ autoPair: true, ackDelayMs: 0 }), messages(), campaigns()],
    instances: null,
    config: { metrics: { shareMs: 0 } },
  })
  await it.test.run(sendText, { chatId: '+201001234567', text: 'Hello' })
  await expect.poll(async () => (await it.scrape()).value('waqtor_messages_sent_total')).toBe(1)

  const { types, samples, value } = await it.scrape()
  const account = { instance: 'default' }
  expect(value('waqtor_session_status', { ...account, status: 'ready' })).toBe(1)
  expect(value('waqtor_outbox_rows', { ...account, state: 'queued' })).toBe(0)
  expect(value('waqtor_campaigns', { ...account, status: 'running' })).toBe(0)
  expect(value('waqtor_storage_ok', { file: 'default' })).toBe(1)
  expect(value('waqtor_http_requests_total', { status: '2xx' })).toBeGreaterThanOrEqual(1)
  expect(samples.filter((sample) => sample.name === 'waqtor_metrics_failures_total')).toEqual([])
  for (const [name, type] of types) {
    expect(name).toMatch(/^(waqtor|nodejs|process)_[a-z0-9_]+$/)
    if (name.startsWith('waqtor_')) expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter')
  }
})

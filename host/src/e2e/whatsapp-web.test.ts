import { chromium, chromiumGroups } from '@waqtor/plugin-transport-whatsapp-web/testing'
import { DoubleProcess } from '@waqtor/whatsapp-web-double'
import { describe, expect, it, vi } from 'vitest'
import { type Launch, Stack } from './fixtures/stack.ts'

const recipients = (count: number) => Array.from({ length: count }, (_, i) => `2010012${String(i).padStart(5, '0')}`)

describe.skipIf(!chromium)('a campaign through the real library, host and Chromium killed in turn', () => {
  it('reaches everybody once', async () => {
    await using double = await DoubleProcess.start({ faults: { ackDelayMs: 20, latencyMs: 25 } })
    await using stack = await Stack.create()
    const launch: Launch = {
      config: new URL('./fixtures/whatsapp-web.config.ts', import.meta.url).pathname,
      env: { WAQTOR_CHROMIUM_ARGS: JSON.stringify(double.chromiumArgs), ...(chromium && { CHROME_PATH: chromium }) },
    }
    let host = await stack.startHost(launch)
    await link(stack, double)

    const all = recipients(120)
    const created = await stack.request('POST', '/api/v2/campaigns', {
      name: 'c',
      template: 'Hello {{phone}}',
      recipients: all,
      courtesy: 'off',
      sendingHours: 'any',
      pacing: { gapMs: 0 },
    })
    expect(created.status, created.text).toBe(201)
    const path = `/api/v2/campaigns/${created.body.campaignId}`
    await stack.request('POST', `${path}/start`, {})

    for (let kill = 1; kill <= 6; kill++) {
      const before = (await double.accepted()).length
      await vi.waitFor(
        async () => expect((await double.accepted()).length).toBeGreaterThan(Math.min(before + 10, 110)),
        {
          timeout: 90_000,
          interval: 10,
        },
      )
      if (kill % 2 === 0) {
        for (const group of await chromiumGroups(stack.data)) process.kill(-group, 'SIGKILL')
      } else {
        await host.end('SIGKILL')
        // Chromium goes with its host: the next one finds the profile free.
        await vi.waitFor(async () => expect(await chromiumGroups(stack.data)).toEqual([]))
        host = await stack.startHost(launch)
      }
    }
    await vi.waitFor(async () => expect((await stack.request('GET', path)).body.status).toBe('completed'), {
      timeout: 180_000,
      interval: 200,
    })

    const { body } = await stack.request('GET', path)
    expect(body).toMatchObject({ total: 120, failed: 0, held: 0, queued: 0 })
    const accepted = await double.accepted()
    expect(accepted.map((it) => it.to).sort()).toEqual(all.map((it) => `${it}@c.us`).sort())
    expect(await host.end('SIGTERM')).toBe(0)
    expect(await chromiumGroups(stack.data)).toEqual([])
  }, 400_000)
})

/** Links the account by its QR, as a person does. */
async function link(stack: Stack, double: DoubleProcess): Promise<void> {
  const qr = await vi.waitFor(
    async () => {
      const answer = await stack.request('GET', '/api/v2/instances/default/qr')
      expect(answer.status, answer.text).toBe(200)
      return String(answer.body.qr)
    },
    { timeout: 60_000, interval: 200 },
  )
  await double.scan({ qr, instance: 'default' })
  await vi.waitFor(
    async () => expect((await stack.request('GET', '/api/v2/instances/default')).body.status).toBe('ready'),
    { timeout: 60_000, interval: 100 },
  )
}

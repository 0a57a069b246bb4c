import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Outbox } from '@waqtor/contracts'
import { FakeTransport, type MailKernel, mailKernel } from '@waqtor/plugin-messages/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as contract from './contract.ts'
import campaigns from './index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-campaigns-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const kernel = (config?: Parameters<typeof mailKernel>[0]['config']) =>
  mailKernel({ directory, plugins: [campaigns()], ...(config && { config }) })
const people = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    to: `2010012${String(i).padStart(5, '0')}`,
    variables: { name: `N${i}` },
  }))
const draft = async (
  test: MailKernel,
  count: number,
  more: Partial<
    Parameters<typeof test.run<typeof contract.createCampaign.input, typeof contract.createCampaign.output>>[1]
  > = {},
) =>
  (
    await test.run(contract.createCampaign, {
      name: 'c',
      template: 'Hello {{name}}',
      recipients: people(count),
      ...more,
    })
  ).campaignId
const until = (test: MailKernel, campaignId: string, status: string) =>
  vi.waitFor(async () => expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ status }), {
    interval: 10,
  })

describe('creating a campaign', () => {
  it('folds duplicates to one person, and reports what cannot be used by its place', async () => {
    await using test = await kernel()
    const answer = await test.run(contract.createCampaign, {
      name: 'c',
      template: 'Hello {{name|friend}} in {{city}}',
      recipients: [
        '+20 100 123 4567',
        { to: '00201001234567', variables: { city: 'Cairo' } },
        { to: '201001234567', variables: { city: 'Giza' } },
        'nobody',
      ],
    })
    expect(answer).toMatchObject({ accepted: 1, duplicates: 1 })
    expect(answer.rejected).toEqual([
      { line: 1, value: '+20 100 123 4567', reason: "the variable 'city' has no value" },
      { line: 4, value: 'nobody', reason: expect.stringContaining('neither a chat id nor a phone number') },
    ])
    expect(await test.run(contract.getCampaign, { campaignId: answer.campaignId })).toMatchObject({
      status: 'draft',
      total: 1,
      queued: 1,
      sent: 0,
    })
  })

  it('reads a CSV file, and more recipients while it is a draft', async () => {
    await using test = await kernel()
    const { campaignId } = await test.run(contract.createCampaign, {
      name: 'c',
      template: 'Hi',
      file: { csv: 'phone\n201001234567\nbad\n' },
    })
    expect(
      await test.run(contract.addRecipients, { campaignId, recipients: ['201001234567', '201001234568', 'x'] }),
    ).toMatchObject({ accepted: 1, duplicates: 1, rejected: [{ line: 3 }] })
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ total: 2 })
  })

  it('may be changed and deleted until it runs', async () => {
    await using test = await kernel()
    const campaignId = await draft(test, 1)
    expect(
      await test.run(contract.updateCampaign, { campaignId, name: 'other', pacing: { inFlight: 7 } }),
    ).toMatchObject({ name: 'other', pacing: { inFlight: 7 } })
    await test.run(contract.startCampaign, { campaignId })
    await expect(test.run(contract.updateCampaign, { campaignId, name: 'late' })).rejects.toMatchObject({ status: 409 })
    await expect(test.run(contract.deleteCampaign, { campaignId })).rejects.toMatchObject({ status: 409 })
    await expect(test.run(contract.addRecipients, { campaignId, recipients: ['201001234568'] })).rejects.toMatchObject({
      status: 409,
    })
    await test.run(contract.controlCampaign, { campaignId, action: 'cancel' })
    await test.run(contract.deleteCampaign, { campaignId })
    await expect(test.run(contract.getCampaign, { campaignId })).rejects.toMatchObject({ status: 404 })
  })

  it('is not started without recipients', async () => {
    await using test = await kernel()
    const campaignId = await draft(test, 0)
    await expect(test.run(contract.startCampaign, { campaignId })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('no recipients'),
    })
  })
})

describe('running a campaign', () => {
  it.each([1, 50])('sends each recipient their own text once, with %i under way at once', async (inFlight) => {
    await using test = await kernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const campaignId = await draft(test, 300, { pacing: { inFlight } })
    expect(await test.run(contract.startCampaign, { campaignId })).toEqual({ status: 'running' })
    await until(test, campaignId, 'completed')
    expect(network.accepted.map((it) => it.message.body).sort()).toEqual(
      people(300)
        .map((it) => `Hello ${it.variables.name}`)
        .sort(),
    )
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({
      total: 300,
      sent: 300,
      queued: 0,
      failed: 0,
    })
    expect(test.events.find((it) => it.type === 'campaign.completed')?.data).toMatchObject({
      campaignId,
      sent: 300,
      failed: 0,
    })
    await vi.waitFor(() =>
      expect(test.events.findLast((it) => it.type === 'campaign.progress')?.data).toMatchObject({
        sent: 300,
        status: 'completed',
      }),
    )
  })

  it('waits for the session, and has the variables of the campaign and {{phone}} at hand', async () => {
    await using test = await kernel()
    const campaignId = await draft(test, 1, {
      template: '{{phone}} {{offer}} {{name}}',
      variables: { offer: 50, name: 'nobody' },
    })
    await test.run(contract.startCampaign, { campaignId })
    const network = new FakeTransport()
    test.account.connect(network)
    await until(test, campaignId, 'completed')
    expect(network.accepted[0]!.message.body).toBe('+201001200000 50 N0')
  })

  it('keeps the truth about each recipient', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    network.behaviour = ({ chatId }) =>
      chatId.startsWith('201001200001') ? { do: 'reject', failure: 'invalid-number' } : undefined
    test.account.connect(network)
    const campaignId = await draft(test, 4)
    await test.run(contract.startCampaign, { campaignId })
    await until(test, campaignId, 'completed')
    await test.account.report({ type: 'ack', messageId: network.accepted[0]!.messageId, ack: 3 })
    await vi.waitFor(async () =>
      expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({
        sent: 3,
        delivered: 1,
        read: 1,
        failed: 1,
      }),
    )
    const first = await test.run(contract.listRecipients, { campaignId, limit: 3 })
    expect(first.items).toMatchObject([
      { state: 'read', variables: { name: 'N0' }, attempt: 1 },
      { state: 'failed', reason: 'not-on-whatsapp', messageId: expect.anything() },
      { state: 'sent' },
    ])
    expect(
      (await test.run(contract.listRecipients, { campaignId, limit: 3, cursor: first.nextCursor! })).items,
    ).toHaveLength(1)
    expect((await test.run(contract.listRecipients, { campaignId, state: 'failed' })).items).toHaveLength(1)
    await expect(test.run(contract.listRecipients, { campaignId, cursor: 'x' })).rejects.toMatchObject({ status: 400 })
  })

  it('keeps the pause between two messages', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const campaignId = await draft(test, 4, { pacing: { gapMs: 20, inFlight: 5 } })
    await test.run(contract.startCampaign, { campaignId })
    await until(test, campaignId, 'completed')
    const times = network.accepted.map((it) => it.timestamp)
    // Clocks of different kinds may round against each other by a millisecond.
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(18)
  })

  it('runs beside others, each in its turn', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const ids = await Promise.all(['A', 'B'].map((it) => draft(test, 50, { template: it })))
    await Promise.all(ids.map((campaignId) => test.run(contract.startCampaign, { campaignId })))
    for (const id of ids) await until(test, id, 'completed')
    const half = network.accepted.slice(0, 60).map((it) => it.message.body)
    expect(new Set(half)).toEqual(new Set(['A', 'B']))
    expect((await test.run(contract.listCampaigns, { limit: 1 })).nextCursor).not.toBeNull()
    expect((await test.run(contract.listCampaigns, { status: 'completed' })).items).toHaveLength(2)
  })
})

describe('controlling a campaign', () => {
  it('begins no send after the answer to a pause, and goes on where it stopped', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const campaignId = await draft(test, 200)
    await test.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBeGreaterThan(20), { interval: 1 })
    expect(await test.run(contract.controlCampaign, { campaignId, action: 'pause' })).toEqual({ status: 'paused' })
    const begun = network.begun
    await vi.waitFor(async () =>
      expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ sent: begun, queued: 200 - begun }),
    )
    expect(network.begun).toBe(begun)
    await test.run(contract.controlCampaign, { campaignId, action: 'resume' })
    await until(test, campaignId, 'completed')
    expect(network.accepted).toHaveLength(200)
    expect(test.events.map((it) => it.type).filter((it) => /paused|resumed/.test(it))).toEqual([
      'campaign.paused',
      'campaign.resumed',
    ])
  })

  it('cancels what has not begun', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const campaignId = await draft(test, 200)
    await test.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBeGreaterThan(5), { interval: 1 })
    expect(await test.run(contract.controlCampaign, { campaignId, action: 'cancel' })).toEqual({ status: 'cancelled' })
    const begun = network.begun
    await vi.waitFor(async () =>
      expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({
        sent: begun,
        skipped: 200 - begun,
        queued: 0,
        status: 'cancelled',
      }),
    )
    await expect(test.run(contract.controlCampaign, { campaignId, action: 'resume' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('is cancelled and cannot resume'),
    })
  })

  it('cancels what was in doubt, too, when it turns out not to have left', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'swallow' })
    test.account.connect(network)
    const campaignId = await draft(test, 5, { pacing: { inFlight: 3 } })
    await test.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBe(3))
    await test.run(contract.controlCampaign, { campaignId, action: 'cancel' })
    test.account.disconnect()
    test.account.connect(new FakeTransport({}, network.accepted))
    await vi.waitFor(async () =>
      expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({
        status: 'cancelled',
        skipped: 5,
        queued: 0,
      }),
    )
  })

  it('says what can be done instead', async () => {
    await using test = await kernel()
    const campaignId = await draft(test, 1)
    await expect(test.run(contract.controlCampaign, { campaignId, action: 'resume' })).rejects.toMatchObject({
      message: expect.stringContaining('it can start or cancel'),
    })
  })
})

describe('a campaign in trouble', () => {
  it('pauses itself after five errors in a row, says why, and can be resumed', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'reject', failure: 'refused' })
    test.account.connect(network)
    const campaignId = await draft(test, 50)
    await test.run(contract.startCampaign, { campaignId })
    await until(test, campaignId, 'paused')
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ reason: '5 sends in a row failed' })
    expect(network.begun).toBeLessThanOrEqual(6)
    network.behaviour = () => undefined
    await test.run(contract.controlCampaign, { campaignId, action: 'resume' })
    await until(test, campaignId, 'completed')
    const { sent, failed } = await test.run(contract.getCampaign, { campaignId })
    expect(sent + failed).toBe(50)
  })

  it('goes on by itself when the connection comes back, with no double and no gap', async () => {
    await using test = await kernel()
    const accepted: FakeTransport['accepted'] = []
    const campaignId = await draft(test, 100, { pacing: { inFlight: 20 } })
    await test.run(contract.startCampaign, { campaignId })
    for (let round = 1; round <= 4; round++) {
      const network = new FakeTransport({}, accepted)
      network.behaviour = () =>
        network.begun % 7 === 0 ? { do: 'accept-silently' } : network.begun % 5 === 0 ? { do: 'swallow' } : undefined
      test.account.connect(network)
      await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(round * 15), { interval: 1 })
      test.account.disconnect()
    }
    test.account.connect(new FakeTransport({}, accepted))
    await until(test, campaignId, 'completed')
    expect(accepted.map((it) => it.message.chatId).sort()).toEqual(
      people(100)
        .map((it) => `${it.to}@c.us`)
        .sort(),
    )
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({
      total: 100,
      sent: 100,
      queued: 0,
      held: 0,
    })
  })

  it('stops for good when the account is logged out, until a person resumes it', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    network.behaviour = () => (network.begun > 10 ? { do: 'swallow' } : undefined)
    test.account.connect(network)
    const campaignId = await draft(test, 50)
    await test.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBeGreaterThan(10), { interval: 1 })
    test.account.disconnect('logged out', true)
    await until(test, campaignId, 'paused')
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ reason: 'logged out' })
    const again = new FakeTransport({}, network.accepted)
    test.account.connect(again)
    await vi.waitFor(async () =>
      expect((await test.run(contract.listRecipients, { campaignId, state: 'unknown' })).items).toEqual([]),
    )
    expect(again.begun).toBe(0)
    await test.run(contract.controlCampaign, { campaignId, action: 'resume' })
    await until(test, campaignId, 'completed')
    expect(network.accepted).toHaveLength(50)
  })

  it('is paused with the reason "held" when nothing else is left', async () => {
    await using test = await kernel({ patienceMs: 1 })
    const network = new FakeTransport()
    network.behaviour = ({ body }) => (body === 'Hello N3' ? { do: 'swallow' } : undefined)
    network.history = 'unreadable'
    test.account.connect(network)
    const campaignId = await draft(test, 5, { pacing: { inFlight: 5 } })
    await test.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBe(5))
    test.account.disconnect()
    test.account.connect(network)
    await until(test, campaignId, 'paused')
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ reason: 'held', held: 1, sent: 4 })
    await expect(test.run(contract.controlCampaign, { campaignId, action: 'resume' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('nothing left to send but what is held'),
    })
  })
})

describe('a campaign that waits for decisions about held recipients', () => {
  it('goes on when its failed ones are tried again', async () => {
    await using test = await kernel({ patienceMs: 1 })
    const network = new FakeTransport()
    network.behaviour = ({ body }) =>
      body === 'Hello N0' ? { do: 'swallow' } : network.begun === 2 ? { do: 'reject', failure: 'refused' } : undefined
    network.history = 'unreadable'
    test.account.connect(network)
    const campaignId = await draft(test, 2, { pacing: { inFlight: 2 } })
    await test.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBe(2))
    test.account.disconnect()
    test.account.connect(network)
    await until(test, campaignId, 'paused')
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ reason: 'held', held: 1, failed: 1 })
    expect(await test.run(contract.retryFailed, { campaignId })).toEqual({ count: 1, status: 'running' })
    await until(test, campaignId, 'paused')
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ reason: 'held', held: 1, sent: 1 })
  })
})

describe('a campaign plugin that is restarted while the messages go on', () => {
  it('misses nothing of what happened meanwhile', async () => {
    await using test = await kernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const campaignId = await draft(test, 150)
    await test.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBeGreaterThan(5), { interval: 1 })
    const entries = test.kernel.inspect().plugins.map((it) => it.name)
    expect(entries).toContain('campaigns')
    await test.reload((entry) => (entry.spec.name === 'campaigns' ? { ...entry, spec: { ...entry.spec } } : entry))
    await until(test, campaignId, 'completed')
    expect(network.accepted).toHaveLength(150)
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ total: 150, sent: 150, queued: 0 })
  })
})

describe('after a stop in the middle', () => {
  it('is completed by what happened while its plugin was not there', async () => {
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'accept-silently' })
    const before = await kernel({ stopGraceMs: 0 })
    before.account.connect(network)
    const campaignId = await draft(before, 1)
    await before.run(contract.startCampaign, { campaignId })
    await vi.waitFor(() => expect(network.begun).toBe(1))
    await before[Symbol.asyncDispose]()

    const without = await mailKernel({ directory })
    without.account.connect(network)
    await vi.waitFor(async () =>
      expect(await without.service(Outbox).count('default', campaignId)).toEqual({ sent: 1 }),
    )
    await without[Symbol.asyncDispose]()

    await using after = await kernel()
    await until(after, campaignId, 'completed')
    expect(await after.run(contract.getCampaign, { campaignId })).toMatchObject({ total: 1, sent: 1, queued: 0 })
  })

  it('goes on by itself at the next start, with no double and no gap', async () => {
    const accepted: FakeTransport['accepted'] = []
    let campaignId = ''
    for (let start = 0; start < 4; start++) {
      const test = await kernel({ stopGraceMs: 0 })
      campaignId ||= await draft(test, 120, { pacing: { inFlight: 10 } })
      if (start === 0) await test.run(contract.startCampaign, { campaignId })
      const network = new FakeTransport({}, accepted)
      network.behaviour = () => (network.begun % 6 === 0 ? { do: 'accept-silently' } : undefined)
      test.account.connect(network)
      await vi.waitFor(() => expect(accepted.length).toBeGreaterThan((start + 1) * 15), { interval: 1 })
      await test[Symbol.asyncDispose]()
    }
    await using test = await kernel()
    test.account.connect(new FakeTransport({}, accepted))
    await until(test, campaignId, 'completed')
    expect(new Set(accepted.map((it) => it.message.chatId)).size).toBe(accepted.length)
    expect(accepted).toHaveLength(120)
    expect(await test.run(contract.getCampaign, { campaignId })).toMatchObject({ total: 120, sent: 120, queued: 0 })
  })
})

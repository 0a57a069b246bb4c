import { EventLog, People } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import auth, { createKey, createUser, deleteUser, revokeKey, updateUser } from '@waqtor/plugin-auth'
import { listReaders } from '@waqtor/plugin-events/contract'
import { SessionQr } from '@waqtor/plugin-instances/contract'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { Fact } from './fixtures/facts.ts'
import { changed, TestGate } from './fixtures/gate.ts'
import { until } from './fixtures/observing.ts'
import { type Receiver, startReceiver } from './fixtures/receiver.ts'
import { principal, startWebhooks, type WebhooksTest } from './fixtures/start.ts'

const cheap = { passwordCost: 14 } as const
const seen = ['webhooks:*', 'facts:read', 'instances:*']

const withAuth = (receiver: Receiver, directory?: string) =>
  startWebhooks({
    plugins: [auth(cheap)],
    config: { allowPrivate: [receiver.place] },
    ...(directory !== undefined && { directory }),
  })

async function person(test: WebhooksTest, id: string): Promise<Principal> {
  return (await test.service(People).people()).find((it) => it.id === id)!
}

/** Makes a webhook on behalf of somebody, which has delivered once. */
async function working(test: WebhooksTest, receiver: Receiver, maker: Principal, instances: 'all' | string[] = 'all') {
  const wanted = { url: receiver.url, types: ['test.fact', 'session_qr'], instances }
  const { id } = await test.run(contract.createWebhook, wanted, { principal: maker })
  const before = receiver.received.length
  await test.tell(Fact, 'shop', { n: 1 })
  await until(() => receiver.received.length > before)
  return id
}

/** Waits until a webhook is off, then tells more: nothing of it may arrive. */
async function demandSilent(test: WebhooksTest, receiver: Receiver, id: string) {
  const look = () => test.run(contract.getWebhook, { id })
  await until(async () => !(await look()).enabled)
  const before = receiver.received.length
  await test.tell(Fact, 'shop', { n: 2 })
  await test.tell(SessionQr, 'shop', { qr: 'secret', timestamp: 1 })
  await until(async () => (await test.run(listReaders, {})).items.every((it) => it.lag === 0))
  expect((await test.run(contract.webhookStats, { id })).pending).toBe(0)
  expect(receiver.received).toHaveLength(before)
  const { items } = await test.service(EventLog).page({ instance: null, types: ['webhook.disabled'] })
  expect(items.map((it) => (it.data as { webhookId: string }).webhookId)).toContain(id)
  return (await look()).disabledReason
}

describe('D10: a webhook hands out nothing that whoever answers for it may not see any more', () => {
  it('it ends with a key that is revoked', async () => {
    await using receiver = await startReceiver()
    await using test = await withAuth(receiver)
    const { id: key } = await test.run(createKey, { permissions: seen })
    const id = await working(test, receiver, await person(test, key))
    await test.run(revokeKey, { id: key })
    expect(await demandSilent(test, receiver, id)).toBe(`'${key}', who made or last changed it, can come in no more`)
  })

  it('it ends with a user who is disabled, demoted, kept to other accounts or deleted', async () => {
    await using receiver = await startReceiver()
    await using test = await withAuth(receiver)
    const password = 'four words in a row'
    const user = async (name: string) => {
      const { id } = await test.run(createUser, { name, password, role: 'admin' })
      return { id, webhook: await working(test, receiver, await person(test, id), name === 'kept' ? ['shop'] : 'all') }
    }
    await test.run(createUser, { name: 'owner', password, role: 'admin' })
    const disabled = await user('disabled')
    await test.run(updateUser, { id: disabled.id, disabled: true })
    expect(await demandSilent(test, receiver, disabled.webhook)).toContain('can come in no more')
    const demoted = await user('demoted')
    await test.run(updateUser, { id: demoted.id, role: 'user' })
    expect(await demandSilent(test, receiver, demoted.webhook)).toContain('may have webhooks no more')
    const kept = await user('kept')
    await test.run(updateUser, { id: kept.id, instances: ['depot'] })
    expect(await demandSilent(test, receiver, kept.webhook)).toContain("may see the events of 'shop' no more")
    const deleted = await user('deleted')
    await test.run(deleteUser, { id: deleted.id })
    expect(await demandSilent(test, receiver, deleted.webhook)).toContain('can come in no more')
  })

  it('what ended while the host was off is found when it starts, before anything is sent', async () => {
    await using receiver = await startReceiver()
    await using first = await withAuth(receiver)
    const { id: key } = await first.run(createKey, { permissions: seen, expiresAt: Date.now() + 3_600_000 })
    const id = await working(first, receiver, await person(first, key))
    await first.kernel.close()
    const gate = new TestGate()
    await using test = await startWebhooks({
      directory: first.directory,
      plugins: [gate.plugin()],
      config: { allowPrivate: [receiver.place] },
    })
    expect(await demandSilent(test, receiver, id)).toContain(key)
  })

  it('whoever changes it answers for it from then on', async () => {
    await using receiver = await startReceiver()
    await using test = await withAuth(receiver)
    const { id: old } = await test.run(createKey, { permissions: seen })
    const { id: young } = await test.run(createKey, { permissions: seen })
    const id = await working(test, receiver, await person(test, old))
    await test.run(revokeKey, { id: old })
    await demandSilent(test, receiver, id)
    await test.run(contract.updateWebhook, { id, enabled: true }, { principal: await person(test, young) })
    const before = receiver.received.length
    await test.tell(Fact, 'shop', { n: 3 })
    await until(() => receiver.received.length > before)
    expect(await test.run(contract.getWebhook, { id })).toMatchObject({ createdBy: old, enabled: true })
    await test.run(revokeKey, { id: young })
    expect(await demandSilent(test, receiver, id)).toContain(young)
  })
})

describe('what is locked, or not known at this moment', () => {
  it('waits and comes once it is open again', async () => {
    await using receiver = await startReceiver()
    const gate = new TestGate()
    const maker = principal(seen)
    gate.people = [maker]
    const config = { allowPrivate: [receiver.place] }
    await using test = await startWebhooks({ plugins: [gate.plugin()], config })
    const id = await working(test, receiver, maker)
    const pending = async () => (await test.run(contract.webhookStats, { id })).pending
    const turn = async (to: Partial<Pick<TestGate, 'denial' | 'broken'>>) => {
      Object.assign(gate, to)
      await test.run(changed, { principalId: null })
    }
    const locked = { status: 403, code: 'feature_locked', reason: 'a code is needed' } as const
    for (const [wrong, right] of [
      [{ denial: locked }, { denial: undefined }],
      [{ denial: { status: 503, code: 'reloading', reason: 'wait' } as const }, { denial: undefined }],
      [{ broken: true }, { broken: false }],
    ]) {
      const before = receiver.received.length
      await turn(wrong!)
      await test.tell(Fact, 'shop', { n: 2 })
      await until(async () => (await pending()) === 1)
      expect(receiver.received).toHaveLength(before)
      await turn(right!)
      await until(() => receiver.received.length === before + 1)
      expect(await test.run(contract.getWebhook, { id })).toMatchObject({ enabled: true })
    }
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Database, Messaging } from '@waqtor/contracts'
import campaigns from '@waqtor/plugin-campaigns'
import { createCampaign, getCampaign, startCampaign } from '@waqtor/plugin-campaigns/contract'
import files from '@waqtor/plugin-files'
import { appendToFile, createFile, finishFile } from '@waqtor/plugin-files/contract'
import { FakeTransport, type MailKernel, mailKernel } from '@waqtor/plugin-messages/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as contract from '../contract.ts'
import { incoming } from '../fixtures/contacts-kernel.ts'
import contacts from '../index.ts'

let directory: string
let test: MailKernel
let network: FakeTransport
/** Chats whose opt-out is committed and not taken back. */
let committed: Set<string>
/** Sends that began although the opt-out was committed. */
let broken: string[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-promise-'))
  test = await mailKernel({ directory, plugins: [files({ reserveBytes: 0 }), contacts(), campaigns()] })
  committed = new Set()
  broken = []
  network = new FakeTransport()
  // Told of the commit itself, in the order of commits: whatever the transport is asked afterwards comes too late.
  test.service(Messaging).witness({
    name: 'judge',
    stored: async (tx, messages) =>
      tx.afterCommit(() => {
        for (const { body, chatId } of messages) {
          if (body === 'STOP') committed.add(chatId)
          else committed.delete(chatId)
        }
      }),
  })
  test.account.connect(network)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const chatOf = (i: number) => `2010012${String(i).padStart(5, '0')}@c.us`
const everybody = Array.from({ length: 1_000 }, (_, i) => chatOf(i))
const say = (body: string, ...chats: readonly string[]) =>
  test.account.report(...chats.map((it) => ({ type: 'message' as const, message: incoming(it, body) })))

async function send(inFlight: number, recipients: readonly string[] = everybody): Promise<string> {
  const { campaignId } = await test.run(createCampaign, {
    name: 'c',
    template: 'Hello',
    recipients: [...recipients],
    pacing: { inFlight },
    courtesy: 'off',
  })
  await test.run(startCampaign, { campaignId })
  return campaignId
}

/** What became of each recipient, once nothing is open. */
async function fates(campaignId: string): Promise<Map<string, string>> {
  await vi.waitFor(
    async () => expect(await test.run(getCampaign, { campaignId })).toMatchObject({ status: 'completed' }),
    { timeout: 40_000, interval: 20 },
  )
  const file = await test.service(Database).open('default')
  const rows = await file.all<{ chat_id: string; state: string; reason: string | null }>(
    'SELECT chat_id, state, reason FROM outbox WHERE queue = ?',
    [campaignId],
  )
  return new Map(rows.map((it) => [it.chat_id, it.reason === null ? it.state : `${it.state}: ${it.reason}`]))
}

/** Chats that say STOP, each when so many sends have begun, some turns of the event loop later. */
interface Stop {
  readonly chat: string
  readonly begun: number
  readonly turns: number
}
const stops = (seed: number): readonly Stop[] =>
  fc
    .sample(
      fc.uniqueArray(fc.record({ chat: fc.constantFrom(...everybody), begun: fc.nat(600), turns: fc.nat(4) }), {
        selector: (it) => it.chat,
        minLength: 400,
        maxLength: 400,
      }),
      { seed, numRuns: 1 },
    )
    .flat()

/** Lets the STOPs come while sends begin, and calls `also` at every send. Resolves when all of them are stored. */
function stopping(wanted: readonly Stop[], also: () => void = () => {}): { stored(): Promise<unknown> } {
  const said: Promise<void>[] = []
  network.behaviour = ({ chatId }) => {
    if (committed.has(chatId)) broken.push(chatId)
    for (const it of wanted)
      if (it.begun === network.begun)
        said.push(
          (async () => {
            for (let turn = 0; turn < it.turns; turn++) await setImmediate()
            await say('STOP', it.chat)
          })(),
        )
    also()
    return undefined
  }
  return { stored: () => Promise.all(said) }
}

/** Who was sent to, was sent to before the opt-out; who was not, was skipped because of it. */
function expectKept(fate: ReadonlyMap<string, string>, stopped: ReadonlySet<string>): void {
  expect(broken).toEqual([])
  const sent = new Set(network.accepted.map((it) => it.message.chatId))
  expect(network.accepted).toHaveLength(sent.size)
  for (const chat of everybody) expect(fate.get(chat), chat).toBe(sent.has(chat) ? 'sent' : 'skipped: opted-out')
  const skipped = everybody.filter((it) => !sent.has(it))
  for (const chat of skipped) expect(stopped).toContain(chat)
  // Otherwise nothing was tried.
  expect(skipped.length).toBeGreaterThan(50)
  expect(stopped.size - skipped.length).toBeGreaterThan(50)
}

describe('a STOP in the middle of a campaign', () => {
  it.each([
    [1, 11],
    [50, 12],
    [50, 13],
  ])('keeps every send from beginning that had not, with %i under way (seed %i)', async (inFlight, seed) => {
    const wanted = stops(seed)
    const { stored } = stopping(wanted)
    const fate = await fates(await send(inFlight))
    await stored()
    expectKept(fate, committed)
  })

  it.each([
    [1, 21],
    [50, 22],
  ])(
    'is heard although the contacts are restarted all the time, with %i under way (seed %i)',
    async (inFlight, seed) => {
      const wanted = stops(seed)
      let restarts = 0
      let running: Promise<unknown> = Promise.resolve()
      const restart = () => {
        if (network.begun % 150 !== 0) return
        running = running.then(async () => {
          const names = await test.reload((it) => (it.spec.name === 'contacts' ? { ...it, spec: { ...it.spec } } : it))
          expect(names).toContain('contacts')
          restarts++
        })
      }
      const { stored } = stopping(wanted, restart)
      const fate = await fates(await send(inFlight))
      await running
      await stored()
      expect(restarts).toBeGreaterThanOrEqual(3)
      expectKept(fate, committed)
    },
  )
})

describe('an opt-out', () => {
  it('holds for every later campaign, through deletion and import, until the person says otherwise', async () => {
    const some = everybody.slice(0, 4)
    const [gone = '', erased = '', back = '', other = ''] = some
    await test.run(contract.upsertContacts, { contacts: some.map((phone) => ({ phone, name: 'Mona' })) })
    await say('STOP', gone, erased, back)
    await test.run(contract.deleteContact, { contactId: gone })
    await test.run(contract.erasePerson, { contactId: erased })
    const { fileId } = await test.run(createFile, { filename: 'people.csv' })
    const data = Buffer.from(`phone\n${some.join('\n')}\n`).toString('base64')
    await test.run(appendToFile, { fileId, offset: 0, data })
    await test.run(finishFile, { fileId })
    const { created } = await test.run(contract.importContacts, { fileId })
    expect(created).toBe(2)
    await say('START', back)

    expect(Object.fromEntries(await fates(await send(1, some)))).toEqual({
      [gone]: 'skipped: opted-out',
      [erased]: 'skipped: opted-out',
      [back]: 'sent',
      [other]: 'sent',
    })
  })
})

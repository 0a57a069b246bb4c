import { openOutboxStates } from '@waqtor/contracts'
import type { Model, ModelCampaign, State } from './model.ts'
import type { Network } from './network.ts'
import type { Glimpse, Observation, Recipient, SeenCampaign } from './observation.ts'
import { faultOfTurns } from './turns.ts'

const proven: ReadonlySet<State> = new Set<State>(['sent', 'delivered', 'read'])
const moving: ReadonlySet<State> = new Set<State>(['claimed', 'sending', 'unknown', 'reconciling'])

/** What must hold at any instant. */
export function faultsAtAnyTime(model: Model, network: Network, seen: readonly Glimpse[]): string[] {
  const faults: string[] = []
  for (const [key, count] of counted(network.record.map((it) => `${it.text} ${it.chatId}`))) {
    const [text, chatId] = key.split(' ') as [string, string]
    if (count > model.allowed(text, chatId)) faults.push(`${chatId} was accepted ${count} times for '${text}'`)
  }
  for (const { campaign, recipients } of seen) {
    const { campaignId, total, queued, sent, delivered, read, failed, skipped, held } = campaign
    if (Math.min(total, queued, sent, delivered, read, failed, skipped, held) < 0)
      faults.push(
        `a counter of ${campaignId} is negative: ${JSON.stringify({ total, queued, sent, failed, skipped, held })}`,
      )
    for (const it of recipients) push(faults, model.follow(it.recipientId, it.state))
  }
  return faults
}

/** What must hold while nothing moves: rows, counters, statuses, events and the network's record agree. */
export function faultsAtRest(model: Model, network: Network, seen: Observation): string[] {
  const faults = model.campaigns.flatMap((it) => faultsOf(model, network, it, seen))
  faults.push(...faultsOfRecord(model, network, seen))
  const ids = model.campaigns.map((it) => it.id).sort()
  if ([...seen.listed].sort().join() !== ids.join()) faults.push(`the campaigns are ${seen.listed}, not ${ids}`)
  return faults
}

/** What must hold when the network was there and readable for long enough: nothing is still being found out or left lying. */
export function faultsWhenCalm(model: Model, network: Network, seen: Observation): string[] {
  const faults: string[] = []
  for (const { campaign, recipients } of seen.campaigns.values()) {
    for (const { state, chatId } of recipients) {
      if (moving.has(state)) faults.push(`${chatId} of ${campaign.name} is still ${state}`)
      if (state === 'queued' && campaign.status === 'running')
        faults.push(`${chatId} of ${campaign.name} is left lying`)
      // What waited in a page that was unpaired will never be heard of; it is given up in its time.
      if (state === 'waiting' && !network.isPending(campaign.name, chatId) && !model.obstacles.has('paired-anew'))
        faults.push(`${chatId} of ${campaign.name} waits for nothing`)
    }
  }
  return faults
}

function faultsOf(model: Model, network: Network, known: ModelCampaign, { campaigns, events }: Observation): string[] {
  const seen = campaigns.get(known.id)!
  const { campaign, recipients } = seen
  const faults: string[] = []
  const chats = recipients.map((it) => it.chatId).sort()
  if (chats.join() !== [...known.recipients].sort().join())
    faults.push(`its recipients are ${chats}, not ${[...known.recipients]}`)
  faults.push(...faultsOfCounters(seen))
  for (const it of recipients) push(faults, faultOfRow(model, network, known, it))
  push(faults, faultOfStatus(seen))
  const turns = events.filter((it) => it.campaignId === known.id)
  push(faults, faultOfTurns(known.turns, turns, campaign.status))
  return faults.map((it) => `${known.text} (${known.id}): ${it}`)
}

function faultsOfCounters({ campaign, stats, recipients }: SeenCampaign): string[] {
  const of = (...states: State[]) => recipients.filter((it) => states.includes(it.state)).length
  const expected = {
    total: recipients.length,
    queued: of('queued', 'claimed', 'sending', 'unknown', 'reconciling', 'waiting'),
    sent: of('sent', 'delivered', 'read'),
    delivered: of('delivered', 'read'),
    read: of('read'),
    failed: of('failed'),
    skipped: of('skipped', 'cancelled'),
    held: of('held'),
  }
  const ended = (['failed', 'skipped', 'cancelled', 'held'] as const).map((state) =>
    stats.reasons.filter((it) => it.state === state).reduce((sum, it) => sum + it.count, 0),
  )
  const faults = [campaign, stats, ...stats.variants].flatMap((shown) =>
    Object.entries(expected).flatMap(([name, n]) => {
      const is = shown[name as keyof typeof expected]
      return is === n ? [] : [`the counter '${name}' is ${is}, and the rows say ${n}`]
    }),
  )
  if (ended.join() !== [of('failed'), of('skipped'), of('cancelled'), of('held')].join())
    faults.push(`its reasons count ${ended}`)
  return [...new Set(faults)]
}

function faultOfStatus({ campaign: { status, reason }, recipients }: SeenCampaign): string | undefined {
  const open = recipients.filter((it) => openOutboxStates.has(it.state))
  const onlyHeld = open.length > 0 && open.every((it) => it.state === 'held')
  if (status === 'completed' && open.length > 0) return `it is completed, and ${open.length} rows are open`
  if ((status === 'running' || status === 'paused') && open.length === 0) return `it is ${status}, and no row is open`
  if (status === 'running' && onlyHeld) return 'it is running, and only held rows are left'
  if (status === 'paused' && reason === 'held' && !onlyHeld)
    return 'it is paused as held, and not only held rows are left'
  if (status === 'scheduled' || status === 'failed') return `it is ${status}, which nobody wanted`
  return undefined
}

/** The meaning of an end state is that of the network's record. */
function faultOfRow(
  model: Model,
  network: Network,
  { text, policy }: ModelCampaign,
  row: Recipient,
): string | undefined {
  const { state, chatId, reason, messageId } = row
  const where = `${chatId} is ${state} (${reason})`
  const tries = network.attempts.filter((it) => it.text === text && it.chatId === chatId)
  if (proven.has(state) && reason !== 'decided') {
    if (!network.record.some((it) => it.messageId === messageId && it.chatId === chatId && it.text === text))
      return `${where}, and the network never accepted ${messageId}`
    const ack = network.ackOf(messageId!)
    if (ack !== undefined && ack < (state === 'read' ? 3 : state === 'delivered' ? 2 : 1))
      return `${where}, and the network acknowledged ${ack}`
  }
  if (
    state === 'failed' &&
    !tries.some((it) => /^(refused|refuse-by-ack|invalid-number|pend|pend-silently)$/.test(it.conduct))
  )
    return `${where}, and nobody refused it`
  if (state === 'skipped' && reason === 'opted-out' && !model.optedOut.has(chatId))
    return `${where}, and never opted out`
  if (
    state === 'skipped' &&
    reason !== 'opted-out' &&
    reason !== 'decided' &&
    !(policy === 'skip' && model.obstacles.size > 0)
  )
    return `${where} for no reason that anybody gave`
  if (state === 'held' && policy !== 'hold' && reason !== 'never-acknowledged') return `${where} against its policy`
  const obstacle = reason === 'paired-anew' ? reason : reason === 'never-acknowledged' ? 'pending' : undefined
  const hindered = obstacle
    ? model.obstacles.has(obstacle)
    : model.obstacles.has('unreadable') || model.obstacles.has('paired-anew')
  if (state === 'held' && !hindered) return `${where} although its fate could be established`
  return undefined
}

/** Every message that the network accepted is told of by one row, unless a person has decided otherwise. */
function faultsOfRecord(model: Model, network: Network, seen: Observation): string[] {
  const faults: string[] = []
  const rows = [...seen.campaigns.values()].flatMap((it) =>
    it.recipients.map((row) => ({ ...row, text: it.campaign.name })),
  )
  for (const [id, count] of counted(rows.flatMap((it) => it.messageId ?? [])))
    if (count > 1) faults.push(`${count} rows have the message ${id}`)
  const told = new Set(rows.filter((it) => proven.has(it.state)).map((it) => it.messageId))
  const open = counted(rows.filter((it) => isExcuse(it)).map((it) => `${it.text} ${it.chatId}`))
  const untold = network.record.filter((it) => !told.has(it.messageId))
  for (const [key, count] of counted(untold.map((it) => `${it.text} ${it.chatId}`))) {
    const [text, chatId] = key.split(' ') as [string, string]
    const excuses = (open.get(key) ?? 0) + model.excuses(text, chatId)
    if (count > excuses && model.allowed(text, chatId) !== Number.POSITIVE_INFINITY)
      faults.push(`the network accepted '${text}' to ${chatId}, and no row says so`)
  }
  const announced = counted(seen.events.filter((it) => it.type === 'message.sent').map((it) => it.messageId))
  for (const { messageId, state } of rows)
    if (messageId && proven.has(state) && announced.get(messageId) !== 1)
      faults.push(`'message.sent' of ${messageId} was recorded ${announced.get(messageId)} times`)
  return faults
}

/** A row whose own word is not spoken yet, or was spoken by a person, or by a policy in the face of an obstacle. */
function isExcuse({ state, reason }: Recipient): boolean {
  if (state === 'queued' || state === 'claimed' || state === 'cancelled') return reason === 'restored'
  return openOutboxStates.has(state) || (state === 'skipped' && reason !== 'opted-out')
}

function counted<T>(keys: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

function push(faults: string[], fault: string | undefined): void {
  if (fault !== undefined) faults.push(fault)
}

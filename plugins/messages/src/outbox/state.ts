import type { Ack, OutboxState, SendFailure, SentAnswer } from '@waqtor/contracts'

/**
 * The state machine of one message on its way out:
 *
 *     queued → claimed → sending → sent → delivered → read
 *       ↑                  ├→ unknown → reconciling → sent | waiting | queued | held | failed
 *       └──────────────────┘  (only when it is proved that nothing left)
 *
 * A claim is kept in memory: it says that this process makes a row ready, and is gone with it. On the disk the row is `queued`.
 */
const next: Readonly<Record<OutboxState, readonly OutboxState[]>> = {
  queued: ['sending', 'unknown', 'cancelled', 'skipped', 'failed', 'held'],
  claimed: [],
  sending: ['sent', 'delivered', 'read', 'queued', 'failed', 'skipped', 'unknown', 'waiting'],
  unknown: ['reconciling', 'sent', 'delivered', 'read', 'waiting', 'queued', 'held', 'failed', 'skipped', 'cancelled'],
  reconciling: ['unknown', 'sent', 'delivered', 'read', 'waiting', 'queued', 'held', 'failed', 'skipped', 'cancelled'],
  waiting: ['sent', 'delivered', 'read', 'failed', 'held', 'skipped'],
  held: ['sent', 'delivered', 'read', 'queued', 'skipped', 'cancelled', 'failed'],
  sent: ['delivered', 'read', 'failed'],
  delivered: ['read'],
  read: [],
  failed: ['queued'],
  skipped: [],
  cancelled: [],
}

/** True when a row may go from one state to the other. */
export function mayGo(from: OutboxState, to: OutboxState): boolean {
  return next[from].includes(to)
}

/** States in which the network is known to have the message. */
export const provenStates: ReadonlySet<OutboxState> = new Set<OutboxState>(['sent', 'delivered', 'read'])

/** What an acknowledgement says of a row; nothing for 0, which proves nothing. */
export function stateOfAck(ack: Ack): Extract<OutboxState, 'sent' | 'delivered' | 'read' | 'failed'> | undefined {
  if (ack < 0) return 'failed'
  if (ack === 0) return undefined
  return ack === 1 ? 'sent' : ack === 2 ? 'delivered' : 'read'
}

/** Where a row goes after a send that the transport rejected. Only what proves that nothing left may be repeated. */
export function afterFailure(failure: SendFailure): { readonly to: OutboxState; readonly reason: string | null } {
  switch (failure) {
    case 'not-connected':
      return { to: 'queued', reason: null }
    case 'restricted':
      return { to: 'queued', reason: null }
    case 'invalid-number':
      return { to: 'failed', reason: 'not-on-whatsapp' }
    case 'refused':
      return { to: 'failed', reason: 'refused' }
    case 'unknown':
      return { to: 'unknown', reason: 'no-answer' }
  }
}

/** What became of one row after a look into the chat. */
export interface Verdict {
  readonly to: OutboxState
  readonly reason: string | null
  readonly messageId?: string
  readonly at?: number
}

/** What a queue wants to become of a row whose fate cannot be established. */
export type OnUnknown = 'hold' | 'resend' | 'skip'

/** Bends a verdict to the policy of its queue. What the network has and does not acknowledge may still arrive: it is never sent again. */
export function applyPolicy(verdict: Verdict, policy: OnUnknown, from: OutboxState): Verdict {
  if (verdict.to !== 'held' || policy === 'hold') return verdict
  if (policy === 'skip') return { ...verdict, to: 'skipped' }
  return from === 'waiting' ? verdict : { ...verdict, to: 'queued', reason: null }
}

export interface Doubt {
  /** When the row was seen absent first, in milliseconds of the monotonic clock. */
  readonly absentAt: number | null
  /** When its history could not be read first, in milliseconds. */
  readonly unreadableSince: number | null
  /** The pairing under which it was sent is the present one. */
  readonly samePairing: boolean
}

export interface LookUp {
  readonly now: number
  /** Two absences this far apart prove that nothing left. */
  readonly absentAfterMs: number
  /** An unreadable history is asked again for this long. */
  readonly patienceMs: number
}

/**
 * Judges a row that waits for its acknowledgement, which may have got lost while nobody listened: the chat shows it, too.
 * Answers nothing as long as the network has not acknowledged it.
 */
export function judgeWaiting(answer: SentAnswer, waitedMs: number, ackTimeoutMs: number): Verdict | undefined {
  const match = answer.outcome === 'found' ? answer.matches.find((it) => it.ack !== 0) : undefined
  const to = match && stateOfAck(match.ack)
  if (to) return { to, reason: to === 'failed' ? 'refused' : null, at: match.timestamp }
  return waitedMs > ackTimeoutMs ? { to: 'held', reason: 'never-acknowledged' } : undefined
}

/** Judges a row by what the chat shows. `taken` tells whether a message id proves another row already. */
export function judge(
  answer: SentAnswer,
  doubt: Doubt,
  { now, absentAfterMs, patienceMs }: LookUp,
  taken: (messageId: string) => boolean,
): Verdict {
  if (answer.outcome === 'found') {
    const match = answer.matches.find((it) => !taken(it.messageId))
    if (match) {
      const to = stateOfAck(match.ack) ?? 'waiting'
      return { to, reason: to === 'failed' ? 'refused' : null, messageId: match.messageId, at: match.timestamp }
    }
    return judge({ outcome: 'absent' }, doubt, { now, absentAfterMs, patienceMs }, taken)
  }
  if (answer.outcome === 'absent') {
    if (!doubt.samePairing) return { to: 'held', reason: 'paired-anew' }
    if (doubt.absentAt !== null && now - doubt.absentAt >= absentAfterMs) return { to: 'queued', reason: null }
    return { to: 'reconciling', reason: 'absent-once' }
  }
  if (doubt.unreadableSince !== null && now - doubt.unreadableSince >= patienceMs)
    return { to: 'held', reason: answer.reason }
  return { to: 'reconciling', reason: answer.reason }
}

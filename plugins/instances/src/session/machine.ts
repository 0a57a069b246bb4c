import type { ChatFact, ClientInfo, SessionStatus, TransportFact } from '@waqtor/contracts'

/** Time limits and pauses, in milliseconds. */
export interface Limits {
  /** From the start to a QR code or a login. */
  readonly connectMs: number
  /** How long one QR code or pairing code may stand; then the connection is made anew for a fresh one. */
  readonly pairMs: number
  /** From the login to ready. */
  readonly readyMs: number
  /** Between two probes of a ready connection. */
  readonly pingEveryMs: number
  /** Probes in a row that may fail. */
  readonly pingMisses: number
  /** A connection that was ready for so long has recovered: the next back-off begins small. */
  readonly stableMs: number
}

/** What is known of one session. A value: every change makes a new one. */
export interface SessionState {
  readonly status: SessionStatus
  /** Counts the connections that were opened. Facts of an older one are ignored. */
  readonly generation: number
  readonly connection: 'none' | 'live' | 'closing'
  /** What comes when there is no connection any more: nothing, a try after a pause, or one at once. */
  readonly next: 'rest' | 'retry' | 'open'
  /** Connections lost in a row; decides how long the pause is. */
  readonly failures: number
  /** Probes without an answer in a row. */
  readonly misses: number
  readonly reason: string | null
  readonly info: ClientInfo | null
  /** Of the ready session. */
  readonly pairing: string | null
  readonly qr: string | null
  readonly pairingCode: string | null
}

export type TimerName = 'step' | 'retry' | 'ping' | 'stable'

export type SessionInput =
  | { readonly type: 'start' | 'stop' | 'restart' | 'logout' }
  /** What a waiting session misses may be there now: try at once. */
  | { readonly type: 'kick' }
  | { readonly type: 'fact'; readonly generation: number; readonly fact: TransportFact }
  /** The connection could not be opened, or somebody has reason to give it up. */
  | { readonly type: 'failed'; readonly generation: number; readonly reason: string }
  /** The connection has let go of everything. */
  | { readonly type: 'closed'; readonly generation: number }
  | { readonly type: 'timer'; readonly timer: TimerName }
  | { readonly type: 'answered' | 'unanswered'; readonly generation: number }

export type SessionEffect =
  | { readonly type: 'open'; readonly generation: number }
  | { readonly type: 'close'; readonly generation: number; readonly how: 'stop' | 'logout' }
  | { readonly type: 'probe'; readonly generation: number }
  | { readonly type: 'arm'; readonly timer: Exclude<TimerName, 'retry'>; readonly ms: number }
  /** As `arm`, for the pause that belongs to so many failures. */
  | { readonly type: 'retry'; readonly failures: number }
  | { readonly type: 'disarm'; readonly timer: TimerName }
  | { readonly type: 'qr'; readonly qr: string }
  | { readonly type: 'pairing-code'; readonly code: string }
  | { readonly type: 'ready'; readonly pairing: string }
  | { readonly type: 'lost'; readonly reason: string; readonly permanent: boolean }
  /** WhatsApp restricts the account: not even a restart of the host may connect it again. */
  | { readonly type: 'restricted'; readonly reason: string }
  | { readonly type: 'deliver'; readonly fact: ChatFact }

export type Step = readonly [next: SessionState, effects: readonly SessionEffect[]]

/** A session that nobody has started yet. */
export function idle(reason: string | null = null): SessionState {
  return {
    status: reason === null ? 'stopped' : 'disconnected',
    generation: 0,
    connection: 'none',
    next: 'rest',
    failures: 0,
    misses: 0,
    reason,
    info: null,
    pairing: null,
    qr: null,
    pairingCode: null,
  }
}

/** The whole behaviour of a session: what happens next, and what is to be done for it. */
export function step(state: SessionState, input: SessionInput, limits: Limits): Step {
  switch (input.type) {
    case 'start':
      if (state.connection === 'none') return open({ ...state, failures: 0 }, limits)
      return [state.connection === 'closing' ? { ...state, next: 'open', failures: 0 } : state, []]
    case 'stop':
      return end(state, 'stop', null)
    case 'logout':
      return end(state, 'logout', 'logged out')
    case 'restart':
      if (state.connection === 'none') return open({ ...state, failures: 0 }, limits)
      if (state.connection === 'closing') return [{ ...state, next: 'open', failures: 0 }, []]
      return close({ ...state, failures: 0 }, { reason: 'restarted on request', next: 'open' })
    case 'kick':
      return state.connection === 'none' && state.next === 'retry'
        ? open({ ...state, failures: 0 }, limits)
        : [state, []]
    case 'timer':
      return timeIsUp(state, input.timer, limits)
  }
  if (input.generation !== state.generation || state.connection === 'none') return [state, []]
  switch (input.type) {
    case 'fact':
      return takeFact(state, input.fact, limits)
    case 'closed':
      return closed(state, limits)
    case 'failed':
      return state.connection === 'live' ? giveUp(state, input.reason) : [state, []]
    case 'answered':
      return state.status === 'ready'
        ? [{ ...state, misses: 0 }, [{ type: 'arm', timer: 'ping', ms: limits.pingEveryMs }]]
        : [state, []]
    case 'unanswered':
      return unanswered(state, limits)
  }
}

function takeFact(state: SessionState, fact: TransportFact, limits: Limits): Step {
  // What was received stays received, even while the connection is on its way out.
  if (isChatFact(fact)) return [state, [{ type: 'deliver', fact }]]
  if (state.connection === 'closing') return takeLateFact(state, fact)
  switch (fact.type) {
    case 'qr':
      return pairing(state, { qr: fact.qr }, { type: 'qr', qr: fact.qr }, limits)
    case 'pairing-code':
      return pairing(state, { pairingCode: fact.code }, { type: 'pairing-code', code: fact.code }, limits)
    case 'authenticated':
      // Said again, it tells that the synchronisation goes on: the time begins anew.
      if (state.status !== 'connecting' && state.status !== 'qr' && state.status !== 'authenticated') return [state, []]
      return [
        { ...state, status: 'authenticated', qr: null, pairingCode: null },
        [{ type: 'arm', timer: 'step', ms: limits.readyMs }],
      ]
    case 'ready':
      return becomeReady(state, fact, limits)
    case 'disconnected':
      return fact.loggedOut ? endForGood(state, 'disconnected', fact.reason, []) : giveUp(state, fact.reason)
    case 'auth-failure':
      return endForGood(state, 'auth_failure', fact.reason, [])
    case 'restricted':
      return endForGood(state, 'disconnected', fact.reason, [{ type: 'restricted', reason: fact.reason }])
  }
}

function isChatFact(fact: TransportFact): fact is ChatFact {
  switch (fact.type) {
    case 'message':
    case 'ack':
    case 'reaction':
    case 'edited':
    case 'deleted':
    case 'poll-vote':
      return true
    default:
      return false
  }
}

/** While a broken connection is closed, it may still turn out that trying again is of no use. */
function takeLateFact(state: SessionState, fact: TransportFact): Step {
  const final =
    fact.type === 'restricted' || fact.type === 'auth-failure' || (fact.type === 'disconnected' && fact.loggedOut)
  if (!final || state.next !== 'retry') return [state, []]
  const effects: SessionEffect[] = [{ type: 'lost', reason: fact.reason, permanent: true }]
  if (fact.type === 'restricted') effects.push({ type: 'restricted', reason: fact.reason })
  const status = fact.type === 'auth-failure' ? 'auth_failure' : 'disconnected'
  return [{ ...state, status, reason: fact.reason, next: 'rest' }, effects]
}

function open(state: SessionState, limits: Limits): Step {
  const generation = state.generation + 1
  return [
    {
      ...state,
      status: 'connecting',
      generation,
      connection: 'live',
      next: 'retry',
      misses: 0,
      reason: null,
      pairing: null,
    },
    [
      { type: 'disarm', timer: 'retry' },
      { type: 'open', generation },
      { type: 'arm', timer: 'step', ms: limits.connectMs },
    ],
  ]
}

interface Ending {
  readonly reason: string | null
  readonly next: SessionState['next']
  readonly status?: SessionStatus
  readonly how?: 'stop' | 'logout'
  readonly permanent?: boolean
}

/** Lets go of a live connection. */
function close(state: SessionState, ending: Ending): Step {
  const { reason, next, status = 'disconnected', how = 'stop', permanent = false } = ending
  const effects: SessionEffect[] = [
    { type: 'disarm', timer: 'step' },
    { type: 'disarm', timer: 'ping' },
    { type: 'disarm', timer: 'stable' },
  ]
  // Whoever sends must know at once. A final end matters even where nothing was ready: what waits is paused by it.
  if (state.status === 'ready' || permanent) effects.unshift({ type: 'lost', reason: reason ?? 'stopped', permanent })
  effects.push({ type: 'close', generation: state.generation, how })
  return [
    { ...state, status, connection: 'closing', next, reason, misses: 0, pairing: null, qr: null, pairingCode: null },
    effects,
  ]
}

function giveUp(state: SessionState, reason: string): Step {
  return close({ ...state, failures: state.failures + 1 }, { reason, next: 'retry' })
}

/** Only a person can go on from here. */
function endForGood(state: SessionState, status: SessionStatus, reason: string, more: readonly SessionEffect[]): Step {
  const [next, effects] = close({ ...state, failures: 0 }, { reason, next: 'rest', status, permanent: true })
  return [next, [...effects, ...more]]
}

/** A person ends it. */
function end(state: SessionState, how: 'stop' | 'logout', reason: string | null): Step {
  if (state.connection === 'live') {
    return close(
      { ...state, failures: 0, info: how === 'logout' ? null : state.info },
      { reason, next: 'rest', status: 'stopped', how, permanent: how === 'logout' },
    )
  }
  const resting: SessionState = { ...state, status: 'stopped', next: 'rest', failures: 0, reason }
  return [resting, state.next === 'retry' ? [{ type: 'disarm', timer: 'retry' }] : []]
}

function closed(state: SessionState, limits: Limits): Step {
  if (state.connection !== 'closing') return [state, []]
  const gone: SessionState = { ...state, connection: 'none' }
  if (state.next === 'open') return open(gone, limits)
  return [gone, state.next === 'retry' ? [{ type: 'retry', failures: state.failures }] : []]
}

function pairing(
  state: SessionState,
  shown: Partial<Pick<SessionState, 'qr' | 'pairingCode'>>,
  effect: SessionEffect,
  limits: Limits,
): Step {
  if (state.status === 'ready') return [state, []]
  return [{ ...state, ...shown, status: 'qr' }, [effect, { type: 'arm', timer: 'step', ms: limits.pairMs }]]
}

function becomeReady(
  state: SessionState,
  { info, pairing }: Extract<TransportFact, { type: 'ready' }>,
  limits: Limits,
): Step {
  if (state.status === 'ready' && state.pairing === pairing) return [{ ...state, info }, []]
  const effects: SessionEffect[] = [
    { type: 'disarm', timer: 'step' },
    { type: 'ready', pairing },
    { type: 'arm', timer: 'ping', ms: limits.pingEveryMs },
    { type: 'arm', timer: 'stable', ms: limits.stableMs },
  ]
  // Another pairing is another session: what was under way in the old one is in doubt.
  if (state.status === 'ready')
    effects.unshift({ type: 'lost', reason: 'the account was paired anew', permanent: false })
  return [{ ...state, status: 'ready', info, pairing, misses: 0, reason: null, qr: null, pairingCode: null }, effects]
}

function timeIsUp(state: SessionState, timer: TimerName, limits: Limits): Step {
  if (timer === 'retry') {
    return state.connection === 'none' && state.next === 'retry' ? open(state, limits) : [state, []]
  }
  if (state.connection !== 'live') return [state, []]
  if (timer === 'step') {
    if (state.status === 'connecting') return giveUp(state, `no connection within ${seconds(limits.connectMs)}`)
    if (state.status === 'authenticated')
      return giveUp(state, `not ready within ${seconds(limits.readyMs)} of the login`)
    // Nobody did anything wrong: the code just went stale.
    if (state.status === 'qr')
      return close(state, { reason: 'nobody paired in time: a fresh code comes', next: 'open' })
    return [state, []]
  }
  if (state.status !== 'ready') return [state, []]
  return timer === 'ping' ? [state, [{ type: 'probe', generation: state.generation }]] : [{ ...state, failures: 0 }, []]
}

function unanswered(state: SessionState, limits: Limits): Step {
  if (state.status !== 'ready') return [state, []]
  const misses = state.misses + 1
  if (misses > limits.pingMisses) return giveUp(state, 'the connection does not answer any more')
  return [{ ...state, misses }, [{ type: 'arm', timer: 'ping', ms: limits.pingEveryMs }]]
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}

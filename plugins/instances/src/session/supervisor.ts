import type {
  ChatFact,
  ClientInfo,
  Session,
  SessionStatus,
  Transport,
  TransportCapabilities,
  TransportFact,
} from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { type Scheduler, within } from '../scheduler.ts'
import { type BackOff, backOff } from './back-off.ts'
import { type Connect, Connection } from './connection.ts'
import {
  idle,
  type Limits,
  type SessionEffect,
  type SessionInput,
  type SessionState,
  step,
  type TimerName,
} from './machine.ts'
import { reasonOf } from './reason.ts'
import { Timers } from './timers.ts'

/** Time limits that the machine itself does not know of, in milliseconds. */
export interface SupervisorLimits extends Limits {
  /** How long a probe may take. */
  readonly pingMs: number
  /** How long a connection may take to let go. */
  readonly stopMs: number
}

/** What the supervisor tells the world about its session. */
export interface SupervisorListener {
  /** The status or the reason changed. */
  status(view: SessionView): void
  qr(qr: string, timestamp: number): void
  pairingCode(code: string, timestamp: number): void
  ready(session: Session): void
  lost(reason: string, permanent: boolean): void
  restricted(reason: string): void
  deliver(fact: ChatFact): void
  /** Anything at all changed: who waits for something may look again. */
  changed(): void
}

export interface SupervisorOptions {
  readonly instance: string
  readonly limits: SupervisorLimits
  readonly backOff: BackOff
  readonly scheduler: Scheduler
  readonly random: () => number
  readonly log: Logger
  readonly listener: SupervisorListener
  readonly connect: Connect
  /** Why it must not be started before a person says so. */
  readonly halted?: string | null
}

/** A session as others see it. */
export interface SessionView {
  readonly status: SessionStatus
  readonly reason: string | null
  readonly clientInfo: ClientInfo | null
  /** When the status began. */
  readonly since: number
  readonly failures: number
  /** When the next try is due. */
  readonly retryAt: number | null
  /** When the connection last gave a sign of life. */
  readonly lastSeenAt: number | null
  readonly qr: { readonly qr: string; readonly timestamp: number } | null
  readonly pairingCode: { readonly code: string; readonly timestamp: number } | null
}

/** Runs the machine of one session: it owns the connection and the timers, and nothing else does. */
export class Supervisor {
  readonly #options: SupervisorOptions
  #state: SessionState
  #connection: Connection | undefined
  #capabilities: TransportCapabilities | undefined
  readonly #timers: Timers<TimerName>
  readonly #inputs: SessionInput[] = []
  #draining = false
  #since: number
  #retryAt: number | null = null
  #lastSeenAt: number | null = null
  #shownAt = 0
  #session: Session | undefined
  /** Of those who wait for the connection to have let go. */
  #resting: (() => void)[] = []
  #logoutProblem: unknown

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#state = idle(options.halted ?? null)
    this.#since = options.scheduler.now()
    this.#timers = new Timers(options.scheduler)
  }

  get view(): SessionView {
    const { status, reason, info, failures, qr, pairingCode } = this.#state
    const timestamp = this.#shownAt
    return {
      status,
      reason,
      clientInfo: info,
      since: this.#since,
      failures,
      retryAt: this.#retryAt,
      lastSeenAt: this.#lastSeenAt,
      qr: qr === null ? null : { qr, timestamp },
      pairingCode: pairingCode === null ? null : { code: pairingCode, timestamp },
    }
  }

  get session(): Session | undefined {
    return this.#session
  }

  /** Of the present connection, or of the last one. */
  get capabilities(): TransportCapabilities | undefined {
    return this.#connection?.transport?.capabilities ?? this.#capabilities
  }

  /** The connection while it may be asked for something. */
  get transport(): Transport | undefined {
    return this.#state.connection === 'live' ? this.#connection?.transport : undefined
  }

  /** Nothing is open, and nothing will be before somebody starts it. */
  get isAtRest(): boolean {
    return this.#state.connection === 'none' && this.#state.next === 'rest'
  }

  start(): void {
    this.#put({ type: 'start' })
  }

  restart(): void {
    this.#put({ type: 'restart' })
  }

  kick(): void {
    this.#put({ type: 'kick' })
  }

  /** Resolves when the connection has let go, or was given up after its time limit. */
  async stop(): Promise<void> {
    this.#put({ type: 'stop' })
    await this.#gone()
  }

  /** Unlinks the account. @throws what the transport threw; the connection is closed all the same */
  async logout(): Promise<void> {
    this.#logoutProblem = undefined
    this.#put({ type: 'logout' })
    await this.#gone()
    if (this.#logoutProblem !== undefined) throw this.#logoutProblem
  }

  /** Gives the connection up, to try again later. Resolves when it has let go. */
  async giveUp(reason: string): Promise<void> {
    this.#put({ type: 'failed', generation: this.#state.generation, reason })
    await this.#gone()
  }

  async #gone(): Promise<void> {
    const { generation } = this.#state
    while (this.#state.connection === 'closing' && this.#state.generation === generation) {
      await new Promise<void>((resolve) => {
        this.#resting.push(resolve)
      })
    }
  }

  /** Inputs may come from inside an effect: they take their turn. */
  #put(input: SessionInput): void {
    this.#inputs.push(input)
    if (this.#draining) return
    this.#draining = true
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) this.#take(next)
    } finally {
      this.#draining = false
    }
  }

  #take(input: SessionInput): void {
    const { limits, scheduler, listener } = this.#options
    const before = this.#state
    const [after, effects] = step(before, input, limits)
    this.#state = after
    const changed = after.status !== before.status || after.reason !== before.reason
    if (after.status !== before.status) this.#since = scheduler.now()
    if (after.status !== 'ready') this.#session = undefined
    for (const effect of effects) this.#run(effect)
    if (changed) listener.status(this.view)
    if (after !== before) listener.changed()
    if (before.connection === 'closing' && after.connection !== 'closing') {
      for (const resolve of this.#resting.splice(0)) resolve()
    }
  }

  #run(effect: SessionEffect): void {
    const { listener, scheduler, backOff: pauses, random, instance } = this.#options
    switch (effect.type) {
      case 'open':
        void this.#open(effect.generation)
        return
      case 'close':
        void this.#close(effect.generation, effect.how)
        return
      case 'probe':
        void this.#probe(effect.generation)
        return
      case 'arm':
        this.#arm(effect.timer, effect.ms)
        return
      case 'retry': {
        const ms = backOff(effect.failures, random(), pauses)
        this.#retryAt = scheduler.now() + ms
        this.#arm('retry', ms)
        return
      }
      case 'disarm':
        if (effect.timer === 'retry') this.#retryAt = null
        this.#timers.disarm(effect.timer)
        return
      case 'qr':
        this.#shownAt = scheduler.now()
        listener.qr(effect.qr, this.#shownAt)
        return
      case 'pairing-code':
        this.#shownAt = scheduler.now()
        listener.pairingCode(effect.code, this.#shownAt)
        return
      case 'ready':
        this.#session = { instance, transport: this.#connection!.transport!, pairing: effect.pairing }
        listener.ready(this.#session)
        return
      case 'lost':
        this.#session = undefined
        listener.lost(effect.reason, effect.permanent)
        return
      case 'restricted':
        listener.restricted(effect.reason)
        return
      case 'deliver':
        listener.deliver(effect.fact)
        return
    }
  }

  async #open(generation: number): Promise<void> {
    const { connect, log, scheduler, limits } = this.#options
    const connection = new Connection({
      scheduler,
      log,
      connect,
      stopMs: limits.stopMs,
      report: (fact) => this.#hear(generation, fact),
    })
    this.#capabilities = this.capabilities
    this.#connection = connection
    try {
      await connection.open()
    } catch (error) {
      log.warn('the session could not be opened', { problem: messageOf(error) })
      this.#put({ type: 'failed', generation, reason: reasonOf(error) })
    }
  }

  async #close(generation: number, how: 'stop' | 'logout'): Promise<void> {
    const problem = await this.#connection!.close(how)
    if (problem !== undefined) this.#logoutProblem = problem
    this.#put({ type: 'closed', generation })
  }

  #hear(generation: number, fact: TransportFact): void {
    if (generation === this.#state.generation) this.#lastSeenAt = this.#options.scheduler.now()
    this.#put({ type: 'fact', generation, fact })
  }

  async #probe(generation: number): Promise<void> {
    const { scheduler, limits, log } = this.#options
    try {
      const ping = Promise.resolve(this.#connection!.transport!.ping())
      await within(scheduler, limits.pingMs, ping, () => {
        throw new Error(`no answer within ${limits.pingMs} ms`)
      })
      this.#lastSeenAt = scheduler.now()
      this.#put({ type: 'answered', generation })
    } catch (error) {
      log.debug('a probe of the connection failed', { problem: messageOf(error) })
      this.#put({ type: 'unanswered', generation })
    }
  }

  #arm(timer: TimerName, ms: number): void {
    this.#timers.arm(timer, ms, () => this.#put({ type: 'timer', timer }))
  }
}

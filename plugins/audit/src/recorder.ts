import { type Call, type Denial, type Guarded, type Logger, messageOf, WaqtorError, withDeadline } from '@waqtor/kernel'
import type { AuditLog } from './audit-log.ts'
import type { Budget } from './budget.ts'
import type { Later } from './later.ts'
import { plain, plainOrNull } from './plain.ts'
import type { AuditFacts } from './row.ts'
import type { Sensitive } from './sensitive.ts'
import type { Suppressed } from './suppressed.ts'
import { targetOf } from './target.ts'

/** What the kernel says of a command that is over. */
export interface Finished {
  readonly callId: string
  readonly command: string
  readonly principal: string | null
  readonly role: string | null
  readonly address: string | null
  readonly via: string
}

interface Pending {
  readonly facts: AuditFacts
  /** Where the attempt was written; `null` when it was too much to be written. */
  readonly seq: number | null
}

export interface RecorderOptions {
  readonly log: AuditLog
  readonly later: Later
  readonly suppressed: Suppressed
  /** For what was refused, and for people who did not sign in yet. */
  readonly strangers: Budget
  /** For what people may do who are no administrators. */
  readonly people: Budget
  readonly sensitive: Sensitive
  readonly logger: Logger
  readonly now: () => number
  /**
   * Begins to hear of commands that are over; answers the undo. Heard only while an attempt is under way: an event that
   * nobody hears is not made, and one for each command would cost every caller.
   */
  readonly listen: (completed: (finished: Finished) => void) => () => void
  /** How long a caller waits for the attempt to be written, in milliseconds; less than the hook has. */
  readonly patienceMs: number
}

const unavailable: Denial = {
  status: 503,
  code: 'audit_unavailable',
  reason: 'the audit log cannot be written',
  retryAfter: 5,
}

/** Writes down what is about to happen before it does, and what came of it. */
export class Recorder {
  /** Attempts whose outcome is not on the disk yet. */
  readonly running = new Set<number>()
  readonly #options: RecorderOptions
  /** By call, command and caller: whoever calls may choose the id, and use it twice. */
  readonly #pending = new Map<string, Pending[]>()
  #deaf: (() => void) | undefined

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  readonly completed = (finished: Finished): void => {
    const pending = this.#take(finished)
    if (pending) this.#finish(pending, 'done', null)
  }

  /** Hears no more. What is under way stays without an outcome. */
  close(): void {
    this.#deaf?.()
    this.#deaf = undefined
  }

  /** @param subject the command that failed, while it is still there */
  failed(finished: Finished & { readonly code: string }, subject: Guarded | undefined): void {
    const pending = this.#take(finished)
    if (pending) this.#finish(pending, 'failed', plain(finished.code))
    else if (subject && this.#options.sensitive.has(subject)) this.#refused(finished)
  }

  /** Writes the attempt. Answers a denial where it cannot: nothing sensitive begins that is not on the disk. */
  async attempt(subject: Guarded, call: Call, instance: string | null, input: unknown): Promise<Denial | undefined> {
    const { log, strangers, people, sensitive, now } = this.#options
    const { principal, via, address } = call
    const facts: AuditFacts = {
      time: now(),
      callId: plain(call.id),
      action: subject.id,
      phase: 'attempt',
      attempt: null,
      principal: plainOrNull(principal?.id),
      role: plainOrNull(principal?.role),
      credential: plainOrNull(principal?.credential),
      via: plain(via),
      address: plainOrNull(address),
      instance,
      target: JSON.stringify(targetOf(input)),
      code: null,
    }
    const key = keyOf(call.id, subject.id, principal?.id ?? null)
    // What anybody can bring about must not fill the disk: beyond the budget it is written when it was of consequence.
    const budget = principal === null ? strangers : people
    if (!sensitive.isOfAdministrators(subject) && !budget.take(sourceOf(facts), now())) {
      this.#hold(key, { facts, seq: null })
      return undefined
    }
    const writing = log.append([facts])
    try {
      const [seq] = await withDeadline(writing, this.#options.patienceMs, late)
      this.running.add(seq!)
      this.#hold(key, { facts, seq: seq! })
      return undefined
    } catch (error) {
      this.#options.logger.error('refused an action that could not be written into the audit log', {
        action: subject.id,
        problem: messageOf(error),
      })
      // It may come to be written after all, though nothing was done.
      writing.then(
        ([seq]) => this.#finish({ facts, seq: seq! }, 'failed', 'WAQ_AUDIT_UNAVAILABLE'),
        () => {},
      )
      return unavailable
    }
  }

  #finish({ facts, seq }: Pending, phase: 'done' | 'failed', code: string | null): void {
    const { later, suppressed, now } = this.#options
    if (seq === null && phase === 'failed') {
      suppressed.count(now())
      return
    }
    const outcome = { ...facts, time: now(), phase, attempt: seq, code, target: seq === null ? facts.target : '{}' }
    later.add({ facts: outcome, written: () => seq !== null && this.running.delete(seq) })
  }

  /** Refused before it came this far: who it was is known, what it was about is not. */
  #refused({ callId, command, principal, role, address, via, code }: Finished & { readonly code: string }): void {
    const { later, suppressed, strangers, now } = this.#options
    const time = now()
    if (!strangers.take(principal ?? '', time)) {
      suppressed.count(time)
      return
    }
    const facts: AuditFacts = {
      time,
      callId: plain(callId),
      action: command,
      phase: 'failed',
      attempt: null,
      principal: plainOrNull(principal),
      role: plainOrNull(role),
      credential: null,
      via: plain(via),
      address: plainOrNull(address),
      instance: null,
      target: '{}',
      code: plain(code),
    }
    later.add({ facts })
  }

  #hold(key: string, pending: Pending): void {
    const those = this.#pending.get(key)
    if (those) those.push(pending)
    else this.#pending.set(key, [pending])
    this.#deaf ??= this.#options.listen(this.completed)
  }

  #take({ callId, command, principal }: Finished): Pending | undefined {
    if (this.#pending.size === 0) return undefined
    const key = keyOf(callId, command, principal)
    const those = this.#pending.get(key)
    const first = those?.shift()
    if (those?.length === 0) this.#pending.delete(key)
    if (this.#pending.size === 0) this.close()
    return first
  }
}

const keyOf = (callId: string, command: string, principal: string | null) => `${command}\n${callId}\n${principal}`
const sourceOf = ({ principal, address }: AuditFacts) => principal ?? address ?? ''
const late = () => new WaqtorError('WAQ_TIMEOUT', 'the audit log took too long')

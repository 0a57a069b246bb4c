import type { DatabaseFile, OutboxState, Session } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { takenIds } from './by-message.ts'
import type { Ownership } from './ownership.ts'
import type { Recorder } from './recorder.ts'
import type { OpenRow, SentRow, Step } from './rows.ts'
import { applyPolicy, type Doubt, judge, judgeWaiting, type OnUnknown, type Verdict } from './state.ts'
import { inDoubt } from './store.ts'

export interface ReconcilerOptions {
  readonly file: DatabaseFile
  readonly ownership: Ownership
  /** What a queue wants to become of a row whose fate cannot be established. */
  readonly policyOf: (queue: string) => OnUnknown
  readonly recorder: Recorder
  readonly log: Logger
  /** Told after each commit of the rows that moved. */
  readonly moved: (rows: readonly SentRow[]) => void
  /** Two absences this far apart prove that nothing left; the transport's own figure when absent. Milliseconds. */
  readonly absentAfterMs: number | undefined
  /** An unreadable history is asked again for this long before the row is held. Milliseconds. */
  readonly patienceMs: number
  /** A message that the network has not acknowledged after this long is held. Milliseconds. */
  readonly ackTimeoutMs: number
  readonly now?: () => number
}

const batch = 200
const stillOpen: ReadonlySet<OutboxState> = new Set<OutboxState>(['reconciling', 'waiting'])
const lookUpMs = 20_000
/** When a row was absent first, and when its history could not be read first. */
type Seen = Pick<Doubt, 'absentAt' | 'unreadableSince'>
const nothingSeen: Seen = { absentAt: null, unreadableSince: null }

/** Clocks of host and network may differ by this much. */
const clockSkewMs = 5 * 60_000

/**
 * Finds out what became of rows whose fate is open, by looking into their chats. Runs beside the sending and never
 * blocks it. A row is repeated only after its absence is proved; what cannot be proved is held for a person.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #now: () => number
  /**
   * What earlier looks of this process have shown, on the monotonic clock: a clock that is set forward must not shorten
   * the proof of an absence. A new process looks twice itself.
   */
  readonly #seen = new Map<number, Seen>()
  #session: Session | undefined
  /** Ends the look-up under way: nobody waits for what a lost session would show. */
  #looking = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  attach(session: Session): void {
    this.#session = session
    this.poke()
  }

  detach(): void {
    this.#session = undefined
    this.#looking.abort()
    this.#looking = new AbortController()
    clearTimeout(this.#timer)
  }

  async close(): Promise<void> {
    this.detach()
    await this.#running
  }

  /** There may be rows in doubt: looks now, or again when the look under way is done. */
  poke(): void {
    if (!this.#session) return
    this.#again = true
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
    })
  }

  async #work(): Promise<void> {
    while (this.#again && this.#session) {
      this.#again = false
      clearTimeout(this.#timer)
      const againMs = await this.#run(this.#session).catch((error) => {
        this.#options.log.warn('reconciling is put off', { problem: messageOf(error) })
        return this.#absentAfter()
      })
      if (againMs !== undefined && this.#session) this.#timer = setTimeout(() => this.poke(), againMs)
    }
  }

  /** Looks at every open row once. Answers when to look again, in milliseconds; nothing when no row is open. */
  async #run(session: Session): Promise<number | undefined> {
    let isOpen = false
    // Somebody may wait for a row in doubt; one that only lacks its acknowledgement has the time.
    for (const waiting of [false, true]) {
      for (let after = 0; ; ) {
        const rows = await inDoubt(this.#options.file, waiting, after, batch)
        for (const row of rows) {
          const step = await (waiting ? this.#lookAtWaiting(session, row) : this.#look(session, row))
          if (this.#session !== session) return undefined
          if (step) await this.#record(step)
          if (!step || stillOpen.has(step.to)) isOpen = true
        }
        if (rows.length < batch) break
        after = rows.at(-1)!.id
      }
    }
    return isOpen ? this.#absentAfter() : undefined
  }

  async #lookAtWaiting(session: Session, row: OpenRow): Promise<Step | undefined> {
    const now = this.#now()
    const waitedMs = now - row.sending_at
    if (waitedMs < this.#absentAfter()) return undefined
    const verdict = judgeWaiting(await ask(session, row, this.#looking.signal), waitedMs, this.#options.ackTimeoutMs)
    return verdict && this.#stepOf(row, verdict, now)
  }

  async #look(session: Session, row: OpenRow): Promise<Step | undefined> {
    const askedAt = performance.now()
    const answer = await ask(session, row, this.#looking.signal)
    const answeredAt = performance.now()
    if (this.#session !== session) return undefined
    const ids = answer.outcome === 'found' ? answer.matches.map((it) => it.messageId) : []
    const taken = ids.length > 0 ? await takenIds(this.#options.file, ids, row.id) : new Set<string>()
    const { absentAt, unreadableSince } = this.#seen.get(row.id) ?? nothingSeen
    const doubt = { absentAt, unreadableSince, samePairing: row.pairing === session.pairing }
    const limits = { now: askedAt, absentAfterMs: this.#absentAfter(), patienceMs: this.#options.patienceMs }
    const verdict = judge(answer, doubt, limits, (id) => taken.has(id))
    if (verdict.to !== 'reconciling') {
      this.#seen.delete(row.id)
      return this.#stepOf(row, verdict, this.#now())
    }
    this.#seen.set(row.id, {
      absentAt: verdict.reason === 'absent-once' ? (absentAt ?? answeredAt) : absentAt,
      unreadableSince: answer.outcome === 'inconclusive' ? (unreadableSince ?? answeredAt) : unreadableSince,
    })
    const isNews = row.state !== 'reconciling' || row.reason !== verdict.reason
    return isNews ? this.#stepOf(row, verdict, this.#now()) : undefined
  }

  #stepOf({ id, queue, state }: OpenRow, verdict: Verdict, now: number): Step {
    const { at = now, ...rest } = applyPolicy(verdict, this.#options.policyOf(queue), state)
    return { id, queue, from: state, ...rest, at }
  }

  async #record(step: Step): Promise<void> {
    const { file, ownership, recorder, moved } = this.#options
    const recorded = await file.write(async (tx) => {
      await ownership.require(tx)
      const recorded = recorder.begin()
      await recorder.steps(tx, [step], recorded)
      await recorder.finish(tx, recorded)
      return recorded
    })
    moved(recorded.moved)
  }

  #absentAfter(): number {
    return this.#options.absentAfterMs ?? this.#session?.transport.capabilities.absentAfterMs ?? 60_000
  }
}

/** What the chat shows; a look that fails, hangs or is given up shows nothing either way. */
async function ask({ transport }: Session, row: OpenRow, signal: AbortSignal) {
  const { promise: late, resolve } = Promise.withResolvers<{ outcome: 'inconclusive'; reason: string }>()
  const timer = setTimeout(() => resolve({ outcome: 'inconclusive', reason: 'look-up-timed-out' }), lookUpMs)
  const givenUp = () => resolve({ outcome: 'inconclusive', reason: 'connection-lost' })
  signal.addEventListener('abort', givenUp, { once: true })
  try {
    const query = {
      chatId: row.chat_id,
      bodyHash: row.body_hash,
      notBefore: row.sending_at - clockSkewMs,
      ...(row.message_id ? { messageId: row.message_id } : row.anchor === '' ? {} : { anchor: row.anchor }),
    }
    return await Promise.race([transport.findSent(query), late])
  } catch (error) {
    return { outcome: 'inconclusive' as const, reason: `look-up failed: ${messageOf(error)}` }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', givenUp)
  }
}

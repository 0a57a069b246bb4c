import type { DatabaseFile, Session } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import type { Recorder } from './recorder.ts'
import type { OpenRow, SentRow, Step } from './rows.ts'
import { judge } from './state.ts'
import { inDoubt, takenIds } from './store.ts'

export interface ReconcilerOptions {
  readonly file: DatabaseFile
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
const lookUpMs = 20_000
/** Clocks of host and network may differ by this much. */
const clockSkewMs = 5 * 60_000

/**
 * Finds out what became of rows whose fate is open, by looking into their chats. Runs beside the sending and never
 * blocks it. A row is repeated only after its absence is proved; what cannot be proved is held for a person.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #now: () => number
  readonly #unreadableSince = new Map<number, number>()
  #session: Session | undefined
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
    const rows = await inDoubt(this.#options.file, batch)
    let waiting = 0
    for (const row of rows) {
      if (this.#session !== session) return undefined
      const step = await this.#look(session, row)
      if (!step) {
        waiting++
        continue
      }
      await this.#record(step)
      if (step.to === 'reconciling') waiting++
    }
    if (rows.length === batch && waiting < rows.length) return 0
    return waiting > 0 ? this.#absentAfter() : undefined
  }

  async #look(session: Session, row: OpenRow): Promise<Step | undefined> {
    const { ackTimeoutMs, patienceMs } = this.#options
    const now = this.#now()
    const step = { id: row.id, queue: row.queue, from: row.state }
    if (row.state === 'waiting') {
      return now - row.sending_at > ackTimeoutMs ? { ...step, to: 'held', reason: 'never-acknowledged' } : undefined
    }
    const answer = await ask(session, row)
    const ids = answer.outcome === 'found' ? answer.matches.map((it) => it.messageId) : []
    const taken = ids.length > 0 ? await takenIds(this.#options.file, ids, row.id) : new Set<string>()
    if (answer.outcome === 'inconclusive') this.#unreadableSince.set(row.id, this.#unreadableSince.get(row.id) ?? now)
    const unreadableSince = this.#unreadableSince.get(row.id) ?? null
    const doubt = { absentAt: row.absent_at, unreadableSince, samePairing: row.pairing === session.pairing }
    const verdict = judge(answer, doubt, { now, absentAfterMs: this.#absentAfter(), patienceMs }, (id) => taken.has(id))
    if (verdict.to !== 'reconciling') this.#unreadableSince.delete(row.id)
    else if (row.state === 'reconciling' && row.absent_at !== null && verdict.reason === 'absent-once') return undefined
    return { ...step, ...verdict, at: verdict.at ?? now }
  }

  async #record(step: Step): Promise<void> {
    const { file, recorder, moved } = this.#options
    const recorded = await file.write(async (tx) => {
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

/** What the chat shows; a look that fails or hangs shows nothing either way. */
async function ask({ transport }: Session, row: OpenRow) {
  const { promise: late, resolve } = Promise.withResolvers<{ outcome: 'inconclusive'; reason: string }>()
  const timer = setTimeout(() => resolve({ outcome: 'inconclusive', reason: 'look-up-timed-out' }), lookUpMs)
  try {
    const query = {
      chatId: row.chat_id,
      bodyHash: row.body_hash,
      notBefore: row.sending_at - clockSkewMs,
      ...(row.message_id ? { messageId: row.message_id } : { anchor: row.anchor }),
    }
    return await Promise.race([transport.findSent(query), late])
  } catch (error) {
    return { outcome: 'inconclusive' as const, reason: `look-up failed: ${messageOf(error)}` }
  } finally {
    clearTimeout(timer)
  }
}

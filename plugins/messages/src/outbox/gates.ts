import type { GatedRow, OutboxGate, Tx } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { Away } from '../away.ts'
import type { Step } from './rows.ts'

/** What the gates say of rows that want to pass. */
export interface Admission {
  /** Ids that may pass. */
  readonly passing: ReadonlySet<number>
  /** Rows that end here. */
  readonly skipped: readonly Step[]
  /** Rows that wait for their moment, milliseconds since 1970 (UTC). */
  readonly deferred: readonly (readonly [id: number, at: number])[]
  /** Queues that wait as a whole, and until when. */
  readonly resting: ReadonlyMap<string, number>
}

/** How long a queue rests when a gate is broken. */
const brokenMs = 1_000

/** Everybody who decides at the last moment whether a row may be sent. While one of them is restarted, nothing passes. */
export class Gates {
  readonly #log: Logger
  readonly #gates = new Set<OutboxGate>()
  readonly #away = new Away()

  constructor(log: Logger) {
    this.#log = log
  }

  /** @returns the undo */
  add(gate: OutboxGate): () => void {
    this.#gates.add(gate)
    this.#away.came(gate.name)
    return () => {
      this.#gates.delete(gate)
      this.#away.left(gate.name)
    }
  }

  close(): void {
    this.#away.close()
  }

  /** False while one of them is being restarted: nobody knows what it would say. */
  get areComplete(): boolean {
    return this.#away.isEmpty
  }

  /** Asks each gate about what the ones before it let pass. Where a gate fails, nothing passes: it fails closed. */
  async check(tx: Tx, rows: readonly GatedRow[], now: number): Promise<Admission> {
    let passing = rows
    const skipped: Step[] = []
    const deferred: [number, number][] = []
    const resting = new Map<string, number>()
    if (!this.areComplete) {
      for (const { queue } of rows) resting.set(queue, now + brokenMs)
      passing = []
    }
    for (const gate of this.#gates) {
      if (passing.length === 0) break
      const verdicts = await this.#ask(gate, tx, passing, now)
      if (verdicts === undefined) {
        for (const { queue } of passing) resting.set(queue, now + brokenMs)
        passing = []
        break
      }
      if (verdicts.size === 0) continue
      for (const { id, queue } of passing) {
        const verdict = verdicts.get(id)
        if (!verdict) continue
        if ('skip' in verdict) skipped.push({ id, queue, from: 'queued', to: 'skipped', reason: verdict.skip })
        else if ('notBefore' in verdict) deferred.push([id, verdict.notBefore])
        else resting.set(queue, Math.max(resting.get(queue) ?? 0, verdict.restUntil))
      }
      passing = passing.filter((it) => !verdicts.has(it.id))
    }
    return { passing: new Set(passing.map((it) => it.id)), skipped, deferred, resting }
  }

  /** These rows have become `sending` in `tx`. */
  async passed(tx: Tx, rows: readonly GatedRow[], now: number): Promise<void> {
    if (rows.length === 0) return
    for (const gate of this.#gates) await gate.passed?.(tx, rows, now)
  }

  /** The reason why a row that is `sending` must not go after all. @throws when a gate is broken: it is not known then */
  stops(instance: string, row: GatedRow): string | undefined {
    for (const gate of this.#gates) {
      try {
        const reason = gate.stops?.(instance, row)
        if (reason !== undefined) return reason
      } catch (error) {
        this.#broken(gate, error)
        throw error
      }
    }
    return undefined
  }

  async #ask(gate: OutboxGate, tx: Tx, rows: readonly GatedRow[], now: number) {
    try {
      return await gate.check(tx, rows, now)
    } catch (error) {
      this.#broken(gate, error)
      return undefined
    }
  }

  #broken({ name }: OutboxGate, error: unknown): void {
    this.#log.error('a gate is broken; nothing passes it', { plugin: name, problem: messageOf(error) })
  }
}

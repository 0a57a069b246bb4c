import { type Logger, messageOf } from '@waqtor/kernel'
import type { Context, One } from './context.ts'
import type { ClockWatch } from './plan/clock-watch.ts'
import { dueDecision } from './plan/schedule.ts'
import type { Runs } from './runs.ts'
import { selectScheduled } from './store.ts'

export interface SchedulerOptions {
  readonly context: Context
  readonly runs: Pick<Runs, 'startAtItsTime' | 'passOver'>
  readonly clock: ClockWatch
  /** Later than this after its time, a campaign asks before it starts. Milliseconds. */
  readonly lateAfterMs: number
  readonly log: Logger
  readonly now?: () => number
}

/** The clock of the wall may be set, and a machine may sleep: it looks again at least this often. */
const lookAgainMs = 30_000

/** Starts campaigns at their time. What is due stands in the database; the timer only says when to look. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #now: () => number
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Something was scheduled, or an account was opened. */
  poke(): void {
    if (this.#closed) return
    this.#again = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
      // Somebody may have poked between the last look and this.
      if (this.#again) this.poke()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false
      clearTimeout(this.#timer)
      const { context, log } = this.#options
      let next = Number.POSITIVE_INFINITY
      for (const instance of context.services.instances.ids()) {
        try {
          next = Math.min(next, await this.#lookAt(instance))
        } catch (error) {
          log.warn('scheduled campaigns cannot be looked at', { instance, problem: messageOf(error) })
          next = Math.min(next, this.#now() + lookAgainMs)
        }
      }
      if (this.#closed) return
      const waitMs = Math.max(0, Math.min(next - this.#now(), lookAgainMs))
      if (Number.isFinite(next)) this.#timer = setTimeout(() => this.poke(), waitMs)
    }
  }

  /** Answers when the next campaign of the account is due. */
  async #lookAt(instance: string): Promise<number> {
    const { context, clock, lateAfterMs } = this.#options
    const scheduled = await selectScheduled(await context.open(instance))
    const now = this.#now()
    // A clock that has just leapt forward is not believed at once: what it says is due may be due tomorrow.
    const believed = clock.look(now, performance.now())
    let next = believed.doubtUntil === undefined ? Number.POSITIVE_INFINITY : now + 1_000
    for (const { id, schedule_at, late } of scheduled) {
      const scheduleAt = schedule_at!
      const decision = dueDecision({ scheduleAt, now: believed.now, late, lateAfterMs })
      if (decision === 'wait') next = Math.min(next, Math.max(scheduleAt, now + 1_000))
      else if (!(await this.#decide({ instance, campaignId: id }, scheduleAt, decision)))
        next = Math.min(next, now + 1_000)
    }
    return next
  }

  /** Answers false when it could not be done now: it is still scheduled, and is tried again. */
  async #decide(one: One, scheduleAt: number, decision: 'start' | 'ask' | 'skip'): Promise<boolean> {
    const { runs, log } = this.#options
    try {
      if (decision === 'start') await runs.startAtItsTime(one, scheduleAt)
      else await runs.passOver(one, scheduleAt, decision === 'ask' ? 'pause' : 'cancel')
      return true
    } catch (error) {
      log.warn('a scheduled campaign could not be started', { ...one, problem: messageOf(error) })
      return false
    }
  }
}

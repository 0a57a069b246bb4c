import { inOwnProcess } from '../../kit/process.ts'
import { startFlags } from '../../kit/start-flags.ts'
import type { Measured, Task } from '../../webhooks/sending.ts'
import { atMost, below, type Trial } from './trial.ts'

/** A receiver that takes deliveries and never answers, beside nine that do. */
export const hangingReceiver: Trial = {
  rows: 'C2',
  name: 'hanging-receiver',
  summary: '10,000 events at once for a receiver that hangs and for nine healthy ones, and then 500 at 50 a second',
  async *run({ short }) {
    const sending = new URL('../../webhooks/sending.ts', import.meta.url).href
    const task: Task = { ...(short ? { burst: 100, steady: 50 } : { burst: 10_000, steady: 500 }), withHanging: true }
    const { rate, p99, hanging, growth } = await inOwnProcess<Measured>(sending, task, startFlags())
    yield atMost('deliveries that hang at once', hanging, 5)
    yield below(
      `the slowest to the healthy but one in a hundred, after ${Math.round(rate)} deliveries a second`,
      p99,
      2_000,
      'ms',
    )
    yield below('memory beyond the beginning', growth / 1_000_000, 100, 'MB')
  },
}

import * as contract from '../contract.ts'
import { Fact } from '../fixtures/facts.ts'
import { until } from '../fixtures/observing.ts'
import { startReceiver, status } from '../fixtures/receiver.ts'
import { startWebhooks, type WebhooksTest } from '../fixtures/start.ts'

/** A limit against a hang, not a measure. */
const LONGEST_MS = 500_000

/** A webhook whose receiver takes nothing, with so many deliveries that were given up. */
export async function startDead(
  receiver: { readonly place: string; readonly url: string },
  count: number,
): Promise<{ readonly test: WebhooksTest; readonly id: string }> {
  const test = await startWebhooks({ config: { allowPrivate: [receiver.place], retryDelaysMs: [], disableAfter: 0 } })
  const { id } = await test.make(receiver)
  await test.tell(Fact, 'shop', ...Array.from({ length: count }, (_, n) => ({ n })))
  await until(async () => (await test.run(contract.webhookStats, { id })).dead === count, LONGEST_MS)
  return { test, id }
}

/** What became of dead letters that were listed and replayed. */
export interface DeadLetters {
  /** Their numbers, page after page. */
  readonly listed: readonly number[]
  /** How many the replay said that it took. */
  readonly replayed: number
  readonly stats: {
    readonly delivered: number
    readonly dead: number
    readonly pending: number
    readonly failed: number
  }
  /** How often each delivery arrived, by its id. */
  readonly arrivals: ReadonlyMap<unknown, number>
  /** From the replay to the last of the arrivals. */
  readonly replayMs: number
}

/** Has so many deliveries given up, lists them, and replays them to a receiver that takes them now. */
export async function replayDead(count: number): Promise<DeadLetters> {
  await using receiver = await startReceiver(status(500))
  const { test, id } = await startDead(receiver, count)
  await using _ = test
  const listed: number[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await test.run(contract.listDeadLetters, { id, limit: 500, ...(cursor && { cursor }) })
    listed.push(...page.items.map((it) => it.id))
    cursor = page.nextCursor
  }
  receiver.answer = status(204)
  const started = performance.now()
  const { count: replayed } = await test.run(contract.replayDeadLetters, { id })
  await until(async () => (await test.run(contract.webhookStats, { id })).delivered === count, LONGEST_MS)
  const replayMs = performance.now() - started
  const arrivals = new Map<unknown, number>()
  for (const it of receiver.received)
    arrivals.set(it.headers['webhook-id'], (arrivals.get(it.headers['webhook-id']) ?? 0) + 1)
  return { listed, replayed, stats: await test.run(contract.webhookStats, { id }), arrivals, replayMs }
}

import { Database, Outbox, type OutboxLane, type OutboxShift } from '@waqtor/contracts'
import type { MailKernel } from './mail-kernel.ts'

/** What `fill` opens. */
export const queue = { id: 'cmp_1', source: 'campaign' as const, open: true, inFlight: 10, gapMs: 0 }
export const recipients = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ chatId: `20100123${1000 + i}@c.us`, payload: `"text ${i}"` }))

/** A lane that notes what it is told. */
export function lane(more: Partial<OutboxLane> = {}): OutboxLane & { readonly shifts: OutboxShift[] } {
  const shifts: OutboxShift[] = []
  return {
    shifts,
    source: 'campaign',
    render: (_, row) => ({ body: JSON.parse(row.payload) as string }),
    shifted: async (_, told) => {
      shifts.push(...told)
    },
    ...more,
  }
}

/** What a lane that keeps counters would show now. */
export function counters(shifts: readonly OutboxShift[], start: number): Record<string, number> {
  const counts: Record<string, number> = { queued: start }
  for (const { from, to, count } of shifts) {
    counts[from] = (counts[from] ?? 0) - count
    counts[to] = (counts[to] ?? 0) + count
  }
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0))
}

/** Puts recipients into an open queue. */
export async function fill(test: MailKernel, count: number, inFlight = queue.inFlight): Promise<void> {
  const file = await test.service(Database).open('default')
  const outbox = test.service(Outbox)
  await file.write(async (tx) => {
    await outbox.setQueue(tx, { ...queue, inFlight })
    await outbox.add(tx, queue.id, recipients(count))
  })
}

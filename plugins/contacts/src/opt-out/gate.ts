import type { MessageSource, OutboxGate } from '@waqtor/contracts'
import { chatHash } from './chat-hash.ts'
import type { RecentOptOuts } from './recent.ts'
import { selectOptedOut } from './store.ts'

const reason = 'opted-out'

/** Lets nothing of the given sources pass to somebody who opted out. */
export function createOptOutGate(recent: RecentOptOuts, sources: readonly MessageSource[]): OutboxGate {
  const stopped = new Set(sources)
  return {
    name: 'contacts',
    async check(tx, rows) {
      const asked = rows.filter((it) => stopped.has(it.source))
      if (asked.length === 0) return new Map()
      const places = await selectOptedOut(
        tx,
        asked.map((it) => chatHash(it.chatId)),
      )
      return new Map(places.map((it) => [asked[it]!.id, { skip: reason }]))
    },
    stops(instance, { source, chatId }) {
      if (recent.isEmpty || !stopped.has(source)) return
      return recent.has(instance, chatHash(chatId)) ? reason : undefined
    },
  }
}

import type { DatabaseFile, EventLog } from '@waqtor/contracts'
import { MessageStatusChanged } from '../contract.ts'
import type { AckFact } from '../outbox/recorder.ts'

const statuses = { 2: 'delivered', 3: 'read', 4: 'played' } as const

/**
 * Acknowledgements of messages that the phone sent: no row of the outbox stands for them. An account whose phone sends
 * nothing pays nothing for them.
 */
export class PhoneAcks {
  readonly #file: DatabaseFile
  readonly #events: EventLog
  /** The phone has sent something. */
  #any: boolean

  private constructor(file: DatabaseFile, events: EventLog, any: boolean) {
    this.#file = file
    this.#events = events
    this.#any = any
  }

  static async open(file: DatabaseFile, events: EventLog): Promise<PhoneAcks> {
    const any = await file.get("SELECT 1 FROM messages WHERE source = 'phone' LIMIT 1")
    return new PhoneAcks(file, events, any !== undefined)
  }

  sent(): void {
    this.#any = true
  }

  /** Moves the messages forward that these are about; never back. */
  async take(acks: readonly AckFact[]): Promise<void> {
    if (!this.#any) return
    const useful = acks.filter((it): it is AckFact & { ack: keyof typeof statuses } => it.ack >= 2)
    if (useful.length === 0) return
    const ids = JSON.stringify(useful.map((it) => it.messageId))
    const known = await this.#file.get(
      "SELECT 1 FROM messages WHERE source = 'phone' AND message_id IN (SELECT value FROM json_each(?)) LIMIT 1",
      [ids],
    )
    if (!known) return
    await this.#file.write(async (tx) => {
      for (const { messageId, ack, at } of useful) {
        const later = Object.entries(statuses).flatMap(([n, it]) => (Number(n) >= ack ? [it] : []))
        const moved = await tx.get<{ chat_id: string }>(
          `UPDATE messages SET status = ? WHERE message_id = ? AND source = 'phone'
           AND status NOT IN (SELECT value FROM json_each(?)) RETURNING chat_id`,
          [statuses[ack], messageId, JSON.stringify(later)],
        )
        if (!moved) continue
        const data = { messageId, to: moved.chat_id, status: statuses[ack], timestamp: at }
        await this.#events.record(tx, MessageStatusChanged, data)
      }
    })
  }
}

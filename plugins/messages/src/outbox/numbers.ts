import type { DatabaseFile, Session, Tx } from '@waqtor/contracts'

/** What the network has said of a number is believed for this long. */
const keptMs = 7 * 24 * 3_600_000

/** Which numbers are on WhatsApp: asked once, kept for a week. Asking about many strangers is what the network dislikes. */
export class Numbers {
  readonly #file: DatabaseFile
  #answers: [chatId: string, knownAs: string | null, at: number][] = []

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  /** The chat id under which the network knows a number; `null` when it does not. */
  async knownAs({ transport }: Session, chatId: string): Promise<string | null> {
    const kept = await this.#file.get<{ known_as: string | null; checked_at: number }>(
      'SELECT known_as, checked_at FROM numbers WHERE chat_id = ?',
      [chatId],
    )
    const now = Date.now()
    if (kept && now - kept.checked_at < keptMs && kept.checked_at <= now) return kept.known_as
    const knownAs = await transport.resolveNumber(chatId)
    this.#answers.push([chatId, knownAs, now])
    return knownAs
  }

  /** True when there are answers that are not kept yet. */
  get waiting(): boolean {
    return this.#answers.length > 0
  }

  /** Writes down what was learned, with whatever else is written. A lost answer is only asked for again. */
  async keep(tx: Tx): Promise<void> {
    const answers = this.#answers.splice(0)
    if (answers.length === 0) return
    await tx.run(
      `INSERT OR REPLACE INTO numbers (chat_id, known_as, checked_at)
       SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?)`,
      [JSON.stringify(answers)],
    )
  }
}

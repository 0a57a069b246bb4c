import { type Ack, bodyHash, type OutgoingMessage, type SentAnswer, type SentQuery } from '@waqtor/contracts'

/** What the network does with one send. */
export type Conduct =
  /** Accepted and answered. */
  | 'accept'
  /** Accepted, and nobody ever says so. */
  | 'accept-silently'
  /** Accepted; the answer waits until the network is told to give it. */
  | 'answer-later'
  /** Accepted, and the call fails all the same. */
  | 'accept-and-fail'
  /** The call fails in a way that proves nothing; it was not accepted. */
  | 'fail'
  /** Not accepted, and nobody ever says so. */
  | 'swallow'
  /** Nobody says anything; it turns up in the chat as late as the transport says is possible. */
  | 'turn-up-late'
  /** Waits in the page; answered with 0. */
  | 'pend'
  /** Waits in the page; never answered. */
  | 'pend-silently'
  /** Answered with −1. */
  | 'refuse-by-ack'
  | 'refused'
  | 'not-connected'
  | 'invalid-number'
  | 'restricted'

/** A line of the network's own record. Nothing is ever taken out of it. */
export interface Acceptance {
  readonly text: string
  readonly chatId: string
  readonly messageId: string
}

/** A send that began. */
export interface Attempt {
  readonly text: string
  readonly chatId: string
  readonly conduct: Conduct
}

interface Shown {
  readonly message: OutgoingMessage
  readonly messageId: string
  readonly at: number
  ack: Ack
}

/** As long after a break a message that was on its way may still turn up. */
export const absentAfterMs = 60_000

/** The first word of a message names what it is a message of. */
export const textOf = (body: string): string => body.split(' ')[0]!

/** WhatsApp, as far as it matters here: who was accepted, what the chats show, and how it treats the next sends. */
export class Network {
  readonly record: Acceptance[] = []
  readonly attempts: Attempt[] = []
  /** What happens to the next sends, in order; accepted when there is nothing here. */
  next: Conduct[] = []
  /** Milliseconds from a send to its answer. */
  readonly latencyMs: number
  isReadable = true
  pairing = 1
  /** Grows with everything that is asked of the network. */
  calls = 0
  #chats = new Map<string, Shown[]>()
  readonly #answers: (() => void)[] = []
  readonly #late = new Set<{ shown: Shown; timer: NodeJS.Timeout }>()

  constructor(latencyMs: number) {
    this.latencyMs = latencyMs
  }

  begin({ chatId, body }: OutgoingMessage): Conduct {
    const conduct = this.next.shift() ?? 'accept'
    this.attempts.push({ text: textOf(body), chatId, conduct })
    return conduct
  }

  accept(message: OutgoingMessage): string {
    const shown = this.#show(message, 1)
    this.#accepted(shown)
    return shown.messageId
  }

  /** Waits in the page: the chat shows it, and the server does not have it yet. */
  pend(message: OutgoingMessage): string {
    return this.#show(message, 0).messageId
  }

  /** Is on its way, where nothing shows it yet. */
  delay(message: OutgoingMessage): void {
    const shown = this.#shown(message, 1)
    this.#late.add({ shown, timer: this.#turnsUp(shown) })
  }

  /** A connection broke. What was on its way may now take the whole time again. */
  broken(): void {
    for (const it of this.#late) {
      clearTimeout(it.timer)
      it.timer = this.#turnsUp(it.shown)
    }
  }

  keepAnswer(answer: () => void): void {
    this.#answers.push(answer)
  }

  /** Gives the answers that it kept back, the oldest first. */
  answer(count: number): void {
    for (const it of this.#answers.splice(0, count)) it()
  }

  /** Messages that wait in the page leave it, or are given up. Answers their ids. */
  release(accepted: boolean): readonly string[] {
    const waiting = [...this.#chats.values()].flat().filter((it) => it.ack === 0)
    for (const it of waiting) {
      it.ack = accepted ? 1 : -1
      if (accepted) this.#accepted(it)
    }
    return waiting.map((it) => it.messageId)
  }

  isPending(text: string, chatId: string): boolean {
    return this.#of(chatId).some((it) => it.ack === 0 && textOf(it.message.body) === text)
  }

  /** The chat shows an acknowledgement of an accepted message. */
  acknowledge(messageId: string, ack: Ack): void {
    for (const it of [...this.#chats.values()].flat()) if (it.messageId === messageId && ack > it.ack) it.ack = ack
  }

  /** The best word on a message; one that was given up and sent again under its id is in its chat twice. */
  ackOf(messageId: string): Ack | undefined {
    const acks = [...this.#chats.values()].flatMap((chat) => chat.filter((it) => it.messageId === messageId))
    return acks.map((it) => it.ack).sort((a, b) => b - a)[0]
  }

  /** Another pairing: what waited in the page is gone for good, and the chats may begin empty. */
  pairAnew(keepsHistory: boolean): void {
    this.pairing++
    for (const [chatId, messages] of this.#chats)
      this.#chats.set(
        chatId,
        messages.filter((it) => keepsHistory && it.ack !== 0),
      )
  }

  newest(chatId: string): string | null {
    return this.#of(chatId).at(-1)?.messageId ?? null
  }

  find({ chatId, bodyHash: wanted, messageId, anchor, notBefore }: SentQuery): SentAnswer {
    if (!this.isReadable) return { outcome: 'inconclusive', reason: 'history-unreadable' }
    const messages = this.#of(chatId)
    const from = anchor ? messages.findIndex((it) => it.messageId === anchor) : -1
    if (anchor && from < 0) return { outcome: 'inconclusive', reason: 'anchor-not-reached' }
    const matches = messages
      .slice(from + 1)
      .filter((it) =>
        messageId
          ? it.messageId === messageId
          : it.at >= notBefore && bodyHash(it.message.body, it.message.media) === wanted,
      )
      .map((it) => ({ messageId: it.messageId, ack: it.ack, timestamp: it.at }))
    return matches.length > 0 ? { outcome: 'found', matches } : { outcome: 'absent' }
  }

  #turnsUp(shown: Shown): NodeJS.Timeout {
    return setTimeout(() => {
      for (const it of this.#late) if (it.shown === shown) this.#late.delete(it)
      this.#of(shown.message.chatId).push(shown)
      this.#accepted(shown)
    }, absentAfterMs - 1)
  }

  #shown(message: OutgoingMessage, ack: Ack): Shown {
    return { message, messageId: message.messageId ?? `drawn_${this.attempts.length}`, at: Date.now(), ack }
  }

  #show(message: OutgoingMessage, ack: Ack): Shown {
    const shown = this.#shown(message, ack)
    this.#of(message.chatId).push(shown)
    return shown
  }

  #accepted({ message, messageId }: Shown): void {
    this.record.push({ text: textOf(message.body), chatId: message.chatId, messageId })
  }

  #of(chatId: string): Shown[] {
    const known = this.#chats.get(chatId) ?? []
    this.#chats.set(chatId, known)
    return known
  }
}

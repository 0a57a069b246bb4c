import type { NetworkAccess } from '../access.ts'
import type { Behaviour, ChatSummary, ChatView, Control, Deed, Delivery, PhoneView, Scan } from '../contract.ts'
import { type Answer, failed, type Opening, type Report, type Session } from '../network/operations.ts'
import { ask } from './ask.ts'
import type { NetworkFrame } from './frames.ts'
import { PatientConnection } from './patient-connection.ts'

const ANSWERS_LIMIT = 10_000

export interface RemoteOptions {
  /** `http://127.0.0.1:9180` */
  readonly address: string
  /** Told when the simulator cannot be reached, and when it can be again. */
  readonly onReach: (reached: boolean, reason: string) => void
}

interface RemoteSession {
  readonly opening: Opening
  readonly report: Report
  /** The network knows of it; it ends with the connection. */
  opened: boolean
  readonly answers: Map<number, Answer>
}

/** A network that runs as a process of its own. All accounts share one connection. */
export class RemoteAccess implements NetworkAccess {
  readonly #address: string
  readonly #connection: PatientConnection
  readonly #sessions = new Map<number, RemoteSession>()
  #numbers = 0

  constructor({ address, onReach }: RemoteOptions) {
    this.#address = address
    this.#connection = new PatientConnection(address, {
      up: () => this.#openAll(),
      down: (reason) => this.#dropAll(reason),
      frame: (frame) => this.#take(frame as NetworkFrame),
      reach: onReach,
    })
  }

  open(opening: Opening, _directory: string, report: Report): Session {
    const number = this.#numbers++
    const session: RemoteSession = { opening, report, opened: false, answers: new Map() }
    this.#sessions.set(number, session)
    if (this.#connection.isUp) this.#open(number, session)
    else this.#connection.want()
    return {
      request: (operation, answer) => {
        if (!session.opened) {
          answer(failed('not-connected', `the simulator at ${this.#address} is not connected`))
          return
        }
        const call = this.#numbers++
        session.answers.set(call, answer)
        // Some answers never come: whoever asked has given up long before so many others were asked for.
        const [oldest] = session.answers.keys()
        if (session.answers.size > ANSWERS_LIMIT && oldest !== undefined) session.answers.delete(oldest)
        this.#connection.send({ type: 'call', session: number, call, operation })
      },
      close: () => {
        if (!this.#sessions.delete(number)) return
        if (session.opened) this.#connection.send({ type: 'close', session: number })
        this.#releaseIfIdle()
      },
    }
  }

  control(control: Control) {
    return ask<{ instance: string | null; behaviour: Behaviour }>(this.#address, '/control', control)
  }

  deliver(delivery: Delivery) {
    return ask<{ messageId: string; timestamp: number }>(this.#address, '/deliver', delivery)
  }

  phone(deed: Deed) {
    return ask<{ messageId: string; timestamp: number }>(this.#address, '/phone', deed)
  }

  scan(scan: Scan) {
    return ask<{ number: string }>(this.#address, '/scan', scan)
  }

  phones() {
    return ask<{ items: PhoneView[] }>(this.#address, '/phones')
  }

  chats(instance: string, limit: number) {
    return ask<{ items: ChatSummary[] }>(
      this.#address,
      `/chats?${new URLSearchParams({ instance, limit: String(limit) })}`,
    )
  }

  chat(instance: string, partner: string, limit: number) {
    const query = new URLSearchParams({ instance, with: partner, limit: String(limit) })
    return ask<ChatView>(this.#address, `/chat?${query}`)
  }

  close(): void {
    this.#sessions.clear()
    this.#connection.release()
  }

  #openAll(): void {
    for (const [number, session] of this.#sessions) this.#open(number, session)
  }

  #open(number: number, session: RemoteSession): void {
    session.opened = true
    this.#connection.send({ type: 'open', session: number, opening: session.opening })
  }

  #dropAll(why: string): void {
    const reason = `the connection to the simulator at ${this.#address} was lost: ${why}`
    for (const [number, { opened, report }] of this.#sessions) {
      if (!opened) continue
      this.#sessions.delete(number)
      report({ type: 'disconnected', reason })
    }
    this.#releaseIfIdle()
  }

  #take(frame: NetworkFrame): void {
    // A session that was closed here may still be spoken of on the way.
    const session = this.#sessions.get(frame.session)
    if (!session) return
    if (frame.type === 'answer') {
      const answer = session.answers.get(frame.call)
      session.answers.delete(frame.call)
      answer?.(frame.outcome)
      return
    }
    if (frame.fact.type === 'disconnected') {
      this.#sessions.delete(frame.session)
      session.report(frame.fact)
      this.#releaseIfIdle()
    } else {
      session.report(frame.fact)
    }
  }

  #releaseIfIdle(): void {
    if (this.#sessions.size === 0) this.#connection.release()
  }
}

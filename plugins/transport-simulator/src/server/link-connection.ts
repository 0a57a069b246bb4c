import type { Duplex } from 'node:stream'
import { failed, Operation, type Session } from '../network/operations.ts'
import type { VirtualNetwork } from '../network/virtual-network.ts'
import { FrameStream } from '../remote/frame-stream.ts'
import { HostFrame, type NetworkFrame } from '../remote/frames.ts'

/** One WaQtor that is connected, with the sessions of its accounts. When it goes away, they are closed; their pairings stay. */
export class LinkConnection {
  readonly #network: VirtualNetwork
  readonly #stream: FrameStream
  readonly #sessions = new Map<number, Session>()

  constructor(network: VirtualNetwork, socket: Duplex, head: Buffer, closed: (connection: LinkConnection) => void) {
    this.#network = network
    this.#stream = new FrameStream(
      socket,
      {
        frame: (frame) => this.#take(frame),
        closed: () => {
          for (const session of this.#sessions.values()) session.close()
          this.#sessions.clear()
          closed(this)
        },
      },
      head,
    )
  }

  close(): void {
    this.#stream.close('the network stops')
  }

  #take(data: unknown): void {
    const parsed = HostFrame.safeParse(data)
    if (!parsed.success) {
      this.#stream.close('a frame that nobody understands')
      return
    }
    const frame = parsed.data
    const { session } = frame
    if (frame.type === 'open') {
      this.#sessions.get(session)?.close()
      const opened = this.#network.open(frame.opening, (fact) => {
        if (fact.type === 'disconnected' && this.#sessions.get(session) === opened) this.#sessions.delete(session)
        this.#send({ type: 'fact', session, fact })
      })
      this.#sessions.set(session, opened)
    } else if (frame.type === 'close') {
      this.#sessions.get(session)?.close()
      this.#sessions.delete(session)
    } else {
      this.#call(session, frame.call, frame.operation)
    }
  }

  #call(number: number, call: number, data: unknown): void {
    const session = this.#sessions.get(number)
    const operation = Operation.safeParse(data)
    const answer = (outcome: Extract<NetworkFrame, { type: 'answer' }>['outcome']) =>
      this.#send({ type: 'answer', session: number, call, outcome })
    if (!session) answer(failed('not-connected', 'the session has ended'))
    else if (!operation.success) answer(failed('refused', `the network does not take this: ${operation.error.message}`))
    else session.request(operation.data, answer)
  }

  #send(frame: NetworkFrame): void {
    this.#stream.send(frame)
  }
}

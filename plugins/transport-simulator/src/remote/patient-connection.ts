import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '@waqtor/kernel'
import { connect } from './connect.ts'
import type { FrameStream } from './frame-stream.ts'
import type { HostFrame } from './frames.ts'

/** Pauses before each attempt, in milliseconds; the last one for ever. */
const PAUSES = [0, 100, 200, 500, 1_000, 2_000]

export interface ConnectionEvents {
  up(): void
  down(reason: string): void
  frame(frame: unknown): void
  /** The simulator cannot be reached, or can be again. Told when it changes. */
  reach(reached: boolean, reason: string): void
}

/** The one connection to a simulator, for as long as somebody wants it. It waits for the simulator however long that takes. */
export class PatientConnection {
  readonly #address: string
  readonly #events: ConnectionEvents
  #stream: FrameStream | undefined
  #running: AbortController | undefined

  constructor(address: string, events: ConnectionEvents) {
    this.#address = address
    this.#events = events
  }

  get isUp(): boolean {
    return this.#stream !== undefined
  }

  want(): void {
    if (this.#running) return
    const running = new AbortController()
    this.#running = running
    void this.#run(running.signal)
  }

  release(): void {
    this.#running?.abort()
    this.#running = undefined
    this.#stream?.close()
    this.#stream = undefined
  }

  send(frame: HostFrame): void {
    this.#stream?.send(frame)
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const gone = Promise.withResolvers<string>()
      let stream: FrameStream
      try {
        await pause(PAUSES[Math.min(failures, PAUSES.length - 1)], undefined, { signal })
        const frame = (it: unknown) => this.#events.frame(it)
        stream = await connect(this.#address, { frame, closed: gone.resolve }, signal)
      } catch (error) {
        if (!signal.aborted && failures++ === 0) this.#events.reach(false, messageOf(error))
        continue
      }
      if (signal.aborted) {
        stream.close()
        return
      }
      if (failures > 0) this.#events.reach(true, '')
      failures = 0
      this.#stream = stream
      this.#events.up()
      const reason = await gone.promise
      if (signal.aborted) return
      this.#stream = undefined
      this.#events.down(reason)
    }
  }
}

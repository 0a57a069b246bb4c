import { setTimeout as delay } from 'node:timers/promises'
import { leftovers, type Snapshot } from './snapshot.ts'

const PAUSE_MS = 25

export interface LeftBehindOptions {
  /** Kinds of resources that may be more than before, such as `TCPSocketWrap` where a client in the test keeps connections. */
  readonly ignoring?: readonly string[]
  /** How often to wait 25 ms for what is still there. By itself that is twenty seconds: a limit against a hang. */
  readonly pauses?: number
}

/**
 * As `leftovers`, but what is there at first has a while to go: the system tells a moment later that a file or a connection is
 * closed. The timer that waits has run out whenever it looks, where `expect.poll` would find its own.
 * @example expect(await leftBehind(before, () => snapshot(kernel))).toEqual([])
 */
export async function leftBehind(
  before: Snapshot,
  look: () => Snapshot,
  { ignoring = [], pauses = 800 }: LeftBehindOptions = {},
): Promise<string[]> {
  for (let pause = 0; ; pause++) {
    const left = leftovers(before, look()).filter((line) => !ignoring.some((kind) => line.includes(kind)))
    if (left.length === 0 || pause === pauses) return left
    await delay(PAUSE_MS)
  }
}

import { readFile } from 'node:fs/promises'

/** One line of the network's log: a message that it accepted. */
export interface NetworkLine {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly instance: string
  /** `<digits>@c.us` */
  readonly to: string
  readonly messageId: string
  /** SHA-256, in hex. */
  readonly bodyHash: string
  readonly body: string
  /** Where it is no text. */
  readonly kind?: string
}

/**
 * Reads the network's log while the network goes on writing it. A line counts from its line feed on: what stands behind
 * the last one is a line that is still being written.
 * @example parseNetworkLines('{"to":"1@c.us"}\n{"to":"2@c')  // [{ to: '1@c.us' }]
 */
export function parseNetworkLines(text: string): NetworkLine[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((it) => it !== '')
    .map((it) => JSON.parse(it))
}

/** Every message that the network accepted so far, oldest first. */
export async function readNetworkLog(path: string): Promise<NetworkLine[]> {
  return parseNetworkLines(await readFile(path, 'utf8'))
}

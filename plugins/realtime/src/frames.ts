import type { Namespace, Socket } from 'socket.io'
import { takesFrames } from './connection.ts'

/** A piece of a message as it goes over the wire: a text, or what it has of bytes. */
export type Part = string | Buffer

/** In socket.io's protocol. */
const EVENT = 2
/** In engine.io's: what is not its own business. */
const MESSAGE = '4'

/** A message to the clients of a namespace, written down. @throws Error when there is no JSON of it */
export function encode({ server, name: nsp }: Namespace, name: string, data: unknown): readonly Part[] {
  return server.encoder.encode({ type: EVENT, nsp, data: [name, data] }) as Part[]
}

/**
 * Sends messages to many clients. What socket.io does for each message of each client (a packet, its place in a queue, two
 * writes) is done once for all clients, and what is left to each is a single write of the same bytes, however many messages.
 */
export function sendTo(clients: Iterable<Socket>, parts: readonly Part[]): void {
  const texts = parts.filter((it) => typeof it === 'string')
  const frames = texts.map((it) => textFrame(MESSAGE + it))
  const together = frames.length === 1 ? frames[0]! : Buffer.concat(frames)
  const framed = { compress: false, wsPreEncodedFrame: [together] }
  for (const { conn } of clients) {
    if (texts.length === parts.length && takesFrames(conn)) conn.write(together, framed)
    else for (const it of parts) conn.write(it, {})
  }
}

/** A text as a WebSocket server frames it (RFC 6455, 5.2): in one piece, unmasked. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + length)
  frame[0] = 0x81
  frame[1] = head === 2 ? length : head === 4 ? 126 : 127
  if (head === 4) frame.writeUInt16BE(length, 2)
  if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.write(text, head)
  return frame
}

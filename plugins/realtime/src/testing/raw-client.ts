import { connect, type Socket } from 'node:net'

/** Asks for a WebSocket. */
export const upgrade = [
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n')

/** A WebSocket client made by hand, which can do what no library would. */
export class RawClient {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #text = ''

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.on('data', (data) => {
      this.#text += data.toString('latin1')
    })
  }

  static async open({ url }: { readonly url: string }): Promise<RawClient> {
    const client = new RawClient(connect(Number(new URL(url).port), '127.0.0.1'))
    client.socket.write(upgrade)
    await client.hears('"sid"')
    return client
  }

  async hears(text: string): Promise<void> {
    while (!this.#text.includes(text)) await new Promise((resolve) => this.socket.once('data', resolve))
  }

  /** Opens a channel. */
  async join(path: string, token: string): Promise<this> {
    this.send(`40${path},${JSON.stringify({ token })}`)
    await this.hears(`40${path}`)
    return this
  }

  send(text: string | Buffer, opcode = 1, fin = true): void {
    if (!this.socket.destroyed) this.socket.write(frame(Buffer.from(text), opcode, fin))
  }
}

export function frame(payload: Buffer, opcode: number, fin: boolean): Buffer {
  const long = payload.length > 65_535
  const head = Buffer.alloc(long ? 14 : payload.length > 125 ? 8 : 6)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = 0x80 | (long ? 127 : payload.length > 125 ? 126 : payload.length)
  if (long) head.writeBigUInt64BE(BigInt(payload.length), 2)
  else if (payload.length > 125) head.writeUInt16BE(payload.length, 2)
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, payload])
}

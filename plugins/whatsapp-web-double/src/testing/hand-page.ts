import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Double } from '../double.ts'
import type { Credentials, MessageRecord, NetworkFrame, PageFrame } from '../network/frames.ts'
import { eventually } from './eventually.ts'

type Sent = Extract<PageFrame, { type: 'send' }>['message']

/** A page played by hand: it speaks with the network, and no Chromium is needed. */
export class HandPage implements Disposable {
  readonly heard: NetworkFrame[] = []
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => this.#hear(JSON.parse(String(data)) as NetworkFrame))
  }

  static async open(double: Pick<Double, 'chromiumArgs'>): Promise<HandPage> {
    const port = /127\.0\.0\.1:(\d+)/.exec(double.chromiumArgs[0] ?? '')?.[1]
    // The key was made for this run; there is nobody who could vouch for it.
    const socket = new WebSocket(`wss://127.0.0.1:${port}/wire`, { rejectUnauthorized: false })
    await once(socket, 'open')
    return new HandPage(socket)
  }

  /** Linked and admitted. */
  static async linked(double: Double, instance: string): Promise<{ page: HandPage; credentials: Credentials }> {
    using unlinked = await HandPage.open(double)
    unlinked.say({ type: 'hello', pairing: null, pending: [] })
    const { ref } = await unlinked.next('reference')
    await double.scan({ qr: `${ref},rest`, instance })
    const { credentials } = await unlinked.next('paired')
    return { page: await HandPage.back(double, credentials), credentials }
  }

  static async back(
    double: Double,
    { pairing }: Credentials,
    pending: readonly string[] = [],
    isSynced = true,
  ): Promise<HandPage> {
    const page = await HandPage.open(double)
    page.say({ type: 'hello', pairing, pending })
    await page.next('welcome')
    if (isSynced) page.say({ type: 'synced' })
    return page
  }

  #hear(frame: NetworkFrame): void {
    if (frame.type === 'confirm') this.say({ type: 'confirmed' })
    else this.heard.push(frame)
  }

  say(frame: PageFrame): void {
    this.#socket.send(JSON.stringify(frame))
  }

  send(message: Partial<MessageRecord> & { readonly chat: string; readonly id: string }): void {
    const key = `true_${message.chat}_${message.id}`
    const defaults = { key, fromMe: true, from: '', to: message.chat, type: 'chat', body: 'x', t: 1, ack: 0 }
    this.say({ type: 'send', message: { ...defaults, ...message } as Sent })
  }

  all<T extends NetworkFrame['type']>(type: T): readonly Extract<NetworkFrame, { type: T }>[] {
    return this.heard.filter((it): it is Extract<NetworkFrame, { type: T }> => it.type === type)
  }

  next<T extends NetworkFrame['type']>(type: T, nth = 1): Promise<Extract<NetworkFrame, { type: T }>> {
    return eventually(() => {
      const frame = this.all(type)[nth - 1]
      if (!frame) throw new Error(`no '${type}' among ${this.heard.map((it) => it.type)}`)
      return frame
    })
  }

  get closed(): Promise<unknown> {
    return once(this.#socket, 'close')
  }

  [Symbol.dispose](): void {
    this.#socket.terminate()
  }
}

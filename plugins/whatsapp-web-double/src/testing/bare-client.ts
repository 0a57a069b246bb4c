import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client, Message } from 'whatsapp-web.js'
import type { Double } from '../double.ts'
import { type BareOptions, bareClient } from './bare-options.ts'
import { eventually } from './eventually.ts'
import './leaks.ts'

export interface Heard {
  readonly event: string
  readonly args: readonly unknown[]
}

const EVENTS = [
  ...['qr', 'code', 'authenticated', 'auth_failure', 'ready', 'disconnected', 'change_state', 'loading_screen'],
  ...['message', 'message_create', 'message_ack', 'message_edit', 'message_revoke_everyone', 'message_revoke_me'],
  ...['message_reaction', 'vote_update', 'media_uploaded', 'unread_count'],
]

/** The library as it is, without any plugin around it, on the double. */
export class BareClient implements AsyncDisposable {
  readonly client: Client
  readonly heard: Heard[] = []
  readonly directory: string
  readonly #keep: boolean

  private constructor(client: Client, directory: string, keep: boolean) {
    this.client = client
    this.directory = directory
    this.#keep = keep
    for (const event of EVENTS) client.on(event, (...args: unknown[]) => void this.heard.push({ event, args }))
  }

  /** On a directory that is given, the session that lies there goes on, and stays when this client goes. */
  static async prepare(double: Pick<Double, 'chromiumArgs'>, options: BareOptions = {}): Promise<BareClient> {
    const dataPath = options.directory ?? (await mkdtemp(join(tmpdir(), 'waqtor-double-')))
    const client = bareClient(double.chromiumArgs, dataPath, options)
    return new BareClient(client, dataPath, options.directory !== undefined)
  }

  /** Linked by its QR, and ready. */
  static async ready(double: Double, instance: string, options: BareOptions = {}): Promise<BareClient> {
    const bare = await BareClient.prepare(double, options)
    await bare.client.initialize()
    // The library stops to listen before its browser ends: a pipe that breaks then is an error that nobody hears.
    for (const pipe of bare.client.pupBrowser?.process()?.stdio ?? []) pipe?.on('error', () => {})
    if (bare.of('qr').length > 0 || options.directory === undefined) {
      await double.scan({ qr: String((await bare.next('qr'))[0]), instance })
    }
    await bare.next('ready')
    return bare
  }

  of(event: string): readonly (readonly unknown[])[] {
    return this.heard.filter((it) => it.event === event).map((it) => it.args)
  }

  /** The arguments of the `nth` event of this name, once it has come. */
  async next(event: string, nth = 1): Promise<readonly unknown[]> {
    await eventually(() => {
      if (this.of(event).length < nth) throw new Error(`no '${event}' among ${this.heard.map((it) => it.event)}`)
    })
    return this.of(event)[nth - 1]!
  }

  /** The acknowledgements of one message, in the order in which the library told of them. */
  acks(messageId: string): readonly unknown[] {
    const mine = this.of('message_ack').filter(([it]) => (it as Message).id._serialized === messageId)
    return mine.map(([, ack]) => ack)
  }

  /** In the page. */
  evaluate<T>(code: string): Promise<T> {
    return this.client.pupPage!.evaluate(code) as Promise<T>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.client.pupBrowser?.process()
    await this.client.destroy().catch(() => {})
    if (child && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    if (!this.#keep) await rm(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

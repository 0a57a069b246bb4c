import type { Channel } from '@waqtor/contracts'
import { type Envelope, type Logger, messageOf } from '@waqtor/kernel'
import type { Namespace } from 'socket.io'
import { type Channels, roomOf, type Source } from './channels.ts'
import { Latest } from './latest.ts'
import type { Statistics } from './statistics.ts'

/** Where only the latest matters, a frame goes out this often, and no more of them than these at a time. */
const EVERY_MS = 100
const AT_ONCE = 10

export interface BroadcastsOptions {
  readonly channels: Channels
  /** The namespace of a path; nothing while nobody is there. */
  readonly namespaceAt: (path: string) => Namespace | undefined
  readonly statistics: Statistics
  readonly log: Logger
}

/** Brings events from the bus into the channels: written once for all who may see them. */
export class Broadcasts {
  readonly #options: BroadcastsOptions
  readonly #latest: Latest
  #timer: NodeJS.Timeout | undefined
  /** How many events a path has had, by account. */
  readonly #versions = new Map<string, number>()

  constructor(options: BroadcastsOptions) {
    this.#options = options
    this.#latest = new Latest(() => {
      options.statistics.coalesced++
    })
  }

  heard(envelope: Envelope): void {
    for (const source of this.#options.channels.fedBy(envelope.type)) this.#bring(source, envelope)
  }

  /** Changes with every event that a client of the path would see of this account, or of the host. */
  version(path: string, account: string | null): string {
    return `${this.#versions.get(groupOf(path, account)) ?? 0}.${this.#versions.get(groupOf(path, null)) ?? 0}`
  }

  /** Nobody is left. */
  rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#latest.clear()
    this.#versions.clear()
  }

  #bring({ channel, event }: Source, envelope: Envelope): void {
    const namespace = this.#options.namespaceAt(channel.path)
    if (!namespace) return
    const { instance, type } = envelope
    const data = envelope.data as never
    const group = groupOf(channel.path, instance)
    this.#versions.set(group, (this.#versions.get(group) ?? 0) + 1)
    try {
      const room = roomOf(type, instance, event.ownerOf?.(data))
      if (!namespace.adapter.rooms.has(room)) return
      const send = () => this.#send(namespace, room, { channel, event }, envelope)
      if (event.latestOf) {
        this.#latest.put(`${channel.path} ${event.name} ${room} ${event.latestOf(data)}`, group, send)
        this.#timer ??= setTimeout(() => this.#turn(), EVERY_MS)
      } else {
        this.#latest.flush(group)
        send()
      }
    } catch (error) {
      this.#failed(channel, event.name, error)
    }
  }

  #turn(): void {
    this.#timer = undefined
    this.#latest.take(AT_ONCE)
    if (this.#latest.size > 0) this.#timer = setTimeout(() => this.#turn(), EVERY_MS)
  }

  #send(namespace: Namespace, room: string, { channel, event }: Source, envelope: Envelope): void {
    try {
      const data = event.send(envelope.data as never, Date.parse(envelope.time))
      if (data === undefined) return
      namespace.to(room).emit(event.name, data)
      this.#options.statistics.broadcasts++
    } catch (error) {
      this.#failed(channel, event.name, error)
    }
  }

  #failed({ path }: Channel, event: string, error: unknown): void {
    this.#options.log.error(`the channel '${path}' could not send '${event}'`, {
      problem: messageOf(error),
      cause: error,
    })
  }
}

function groupOf(path: string, instance: string | null): string {
  return `${path}@${instance ?? ''}`
}

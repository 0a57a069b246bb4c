import { type Channel, disclosingCommand } from '@waqtor/contracts'
import { type Envelope, type KernelView, type Logger, messageOf } from '@waqtor/kernel'
import type { Namespace, Socket } from 'socket.io'
import { type Channels, roomOf, type Source } from './channels.ts'
import type { Client } from './client.ts'
import { encode, type Part, sendTo } from './frames.ts'
import { Latest } from './latest.ts'
import type { Statistics } from './statistics.ts'
import { nextTurn } from './turns.ts'

/** Where only the latest matters, a frame goes out this often, and no more of them than these at a time. */
const EVERY_MS = 100
const AT_ONCE = 10

export interface BroadcastsOptions {
  readonly kernel: Pick<KernelView, 'contributions'>
  readonly channels: Channels
  /** The namespace of a path; nothing while nobody is there. */
  readonly namespaceAt: (path: string) => Namespace | undefined
  readonly clientsAt: (path: string) => readonly Client[]
  readonly statistics: Statistics
  readonly log: Logger
}

/** An event of the bus, and those who may see it. */
interface Outgoing extends Source {
  readonly envelope: Envelope
  readonly namespace: Namespace
  readonly room: string
}

/** Brings events from the bus into the channels: written once for all who may see them. */
export class Broadcasts {
  readonly #options: BroadcastsOptions
  readonly #latest: Latest<Outgoing>
  #timer: NodeJS.Timeout | undefined
  /** When the last turn was due. */
  #turnAt = 0
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
      const outgoing = { channel, event, envelope, namespace, room }
      if (event.latestOf) {
        this.#latest.put(`${channel.path} ${event.name} ${room} ${event.latestOf(data)}`, group, outgoing)
        this.#await()
      } else {
        this.#send(this.#latest.takeGroup(group))
        this.#send([outgoing])
      }
    } catch (error) {
      this.#failed(channel, event.name, error)
    }
  }

  /** Waits for the next turn. */
  #await(): void {
    if (this.#timer) return
    const now = performance.now()
    this.#turnAt = nextTurn(this.#turnAt, now, EVERY_MS)
    this.#timer = setTimeout(() => this.#turn(), this.#turnAt - now)
  }

  #turn(): void {
    this.#timer = undefined
    this.#send(this.#latest.take(AT_ONCE))
    if (this.#latest.size > 0) this.#await()
  }

  /** What goes to the same clients goes together. */
  #send(those: readonly Outgoing[]): void {
    const rooms = Map.groupBy(those, ({ namespace, room }) => namespace.adapter.rooms.get(room))
    for (const [ids, outgoing] of rooms) {
      const parts = outgoing.flatMap((it) => this.#written(it))
      if (!ids || parts.length === 0) continue
      const [{ namespace, envelope, room }] = outgoing as [Outgoing, ...Outgoing[]]
      if (!disclosingCommand(this.#options.kernel, envelope.type)) sendTo(socketsOf(namespace, ids), parts)
      else for (const it of this.#options.clientsAt(namespace.name)) void disclose(it, envelope, room, parts)
    }
  }

  #written({ channel, event, envelope, namespace }: Outgoing): readonly Part[] {
    try {
      const data = event.send(envelope.data as never, Date.parse(envelope.time))
      if (data === undefined) return []
      const parts = encode(namespace, event.name, data)
      this.#options.statistics.broadcasts++
      return parts
    } catch (error) {
      this.#failed(channel, event.name, error)
      return []
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

function socketsOf({ sockets }: Namespace, ids: Iterable<string>): readonly Socket[] {
  return Array.from(ids, (id) => sockets.get(id)).filter((it) => it !== undefined)
}

/** Sends a client of the room what it has to have looked at before. */
async function disclose(
  client: Client,
  { type, instance }: Envelope,
  room: string,
  parts: readonly Part[],
): Promise<void> {
  const { socket, disclosed, pass } = client
  const isThere = () => socket.rooms.has(room)
  if (isThere() && (await disclosed.allows(type, pass.call, instance)) && isThere()) sendTo([socket], parts)
}

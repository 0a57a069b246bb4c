import { setImmediate as pause } from 'node:timers/promises'
import { type CredentialRevoked, type EventLog, fail } from '@waqtor/contracts'
import { Disclosed } from '@waqtor/event-feed'
import { type Envelope, isWaqtorError, type KernelView, type Logger, WaqtorError, type z } from '@waqtor/kernel'
import type { Namespace, Server, Socket } from 'socket.io'
import type { Admission, Pass } from './admission.ts'
import { Allowance } from './allowance.ts'
import { Broadcasts } from './broadcasts.ts'
import type { Channels } from './channels.ts'
import { Client } from './client.ts'
import { Clients } from './clients.ts'
import type { Config } from './config.ts'
import type { Connection } from './connection.ts'
import type { Connections } from './connections.ts'
import { EventsChannel } from './contract.ts'
import { EventsDoor } from './events-door.ts'
import { type Handshake, handshakeOf } from './handshake.ts'
import type { OwnLimits } from './own-limits.ts'
import { answerOf, connectError, problemOf, tooMany } from './replies.ts'
import { States } from './state.ts'
import type { Statistics } from './statistics.ts'

const SWEEP_MS = 1_000
/** So long a channel may be away: a plugin that is restarted comes back sooner. */
const AWAY_MS = 5_000
/** So often a client is asked about again whose rights change while they are looked at. */
const TRIES = 5
/** Of many clients, so many are asked about before something else has its turn. */
const AT_ONCE = 50

export interface HubOptions {
  readonly kernel: KernelView
  readonly channels: Channels
  readonly connections: Connections
  readonly admission: Admission
  readonly ownLimits: OwnLimits
  readonly events: EventLog | undefined
  readonly config: Config
  readonly statistics: Statistics
  readonly log: Logger
}

/** Who is there: lets clients in, keeps an eye on what they may see, and lets go of them. */
export class Hub {
  readonly clients = new Clients()
  readonly door: EventsDoor
  readonly #options: HubOptions
  readonly #broadcasts: Broadcasts
  readonly #states: States
  readonly #allowances = new Map<string, Allowance>()
  /** Since when a path with clients has had no channel. */
  readonly #away = new Map<string, number>()
  /** Grows whenever somebody's rights change: what was found out before may hold no more. */
  #changes = 0
  #undo: (() => void) | undefined

  constructor(options: HubOptions) {
    this.#options = options
    const { kernel, channels, connections, events, statistics, log } = options
    const { namespaceAt } = this.clients
    const clientsAt = (path: string) => this.clients.at(path)
    this.#broadcasts = new Broadcasts({ kernel, channels, namespaceAt, clientsAt, statistics, log })
    this.#states = new States({ kernel, broadcasts: this.#broadcasts, log })
    this.door = new EventsDoor({ kernel, events, log, slow: (it) => connections.of(it.socket)?.drop('slow') })
  }

  /** Listens to those who come. */
  serve(io: Server): void {
    const { channels, log } = this.#options
    io.use((_, next) => next(connectError(problemOf(fail('WAQ_ROUTE_UNKNOWN', "there is nothing at '/'"), log))))
    const isKnown = (path: string) => {
      channels.refresh()
      return channels.at(path).length > 0
    }
    io.of((path, _, answer) => answer(null, isKnown(path)))
      .use((socket, next) => void this.#letIn(socket).then(() => next(), next))
      .on('connection', (socket) => void this.#connected(socket))
  }

  /** Cuts whoever came in with a credential that is good no more. */
  revoke({ principalId, credential }: z.output<typeof CredentialRevoked.schema>): void {
    this.#changes++
    const ended = new WaqtorError('WAQ_UNAUTHENTICATED', 'the credential is good no more')
    for (const client of this.clients) {
      const { principal } = client.pass
      if (principal.id !== principalId) continue
      if (credential === undefined || principal.credential === credential) this.#end(client, ended)
    }
  }

  /** Asks the gate anew about somebody, or about everybody. */
  async reconsider(principalId: string | null): Promise<void> {
    this.#changes++
    const those = [...this.clients].filter(({ pass }) => principalId === null || pass.principal.id === principalId)
    await Promise.all(those.map((it) => this.#reconsider(it)))
  }

  /**
   * Looks at every credential: one may have come to its end. No look waits for that at another client, and none makes an
   * earlier one void: where each takes longer than the time between two heartbeats, none would ever count.
   */
  async beat(): Promise<void> {
    for (const [index, client] of [...this.clients].entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await pause()
      if (client.socket.connected && !client.isLookedAt) void this.#reconsider(client)
    }
  }

  /** Looks whether channels have come or gone. Call it every second. */
  sweep(now: number): void {
    const { channels } = this.#options
    channels.refresh()
    const changed = channels.takeChanged()
    const gone = fail('WAQ_ROUTE_UNKNOWN', 'there is no such channel any more')
    for (const path of this.clients.paths()) {
      if (channels.at(path).length > 0) {
        this.#away.delete(path)
        if (changed.has(path)) for (const client of this.clients.at(path)) void this.#reconsider(client)
      } else if (now - (this.#away.get(path) ?? this.#away.set(path, now).get(path)!) >= AWAY_MS) {
        for (const client of this.clients.at(path)) this.#end(client, gone)
      }
    }
  }

  close(): void {
    this.#undo?.()
    this.#undo = undefined
    this.#broadcasts.rest()
  }

  /** Before a client is told that it is connected. @throws Error as socket.io shows it to the client */
  async #letIn(socket: Socket): Promise<void> {
    const { channels, statistics, log } = this.#options
    // What went away since the last look is no channel any more, though socket.io still knows its name.
    channels.refresh()
    try {
      const handshake = handshakeOf(socket, this.#options.connections.addressOf)
      const changes = this.#changes
      const pass = await this.#admit(socket.nsp, handshake)
      this.#demandRoom(pass)
      socket.data = { handshake, pass, changes } satisfies LetIn
    } catch (error) {
      statistics.refused++
      throw connectError(problemOf(error, log))
    }
  }

  async #connected(socket: Socket): Promise<void> {
    const { handshake, pass, changes } = socket.data as LetIn
    // It would be kept as long as the client is.
    socket.data = undefined
    const connection = this.#options.connections.of(socket)
    if (!connection) return
    try {
      // Of those that came at the same moment, none was counted yet when the others were let in.
      this.#demandRoom(pass)
    } catch {
      this.#options.statistics.refused++
      this.#disconnect(socket)
      return
    }
    const client = new Client(socket, handshake, pass, new Disclosed(this.#options.kernel))
    this.#listen()
    this.clients.add(client)
    socket.on('disconnect', () => this.#gone(client))
    socket.use((packet, next) => {
      if (this.#takesMessage(client, connection, performance.now())) return next()
      this.#options.statistics.limited++
      answerOf(packet)({ problem: problemOf(tooMany(), this.#options.log) })
    })
    socket.on('ping', (...args: unknown[]) => {
      const pong = { timestamp: Date.now() }
      socket.emit('pong', pong)
      answerOf(args)({ output: pong })
    })
    if (client.path === EventsChannel.path) this.door.serve(client, connection)
    if (changes !== this.#changes) await this.#reconsider(client)
    // A plugin is being restarted: the client comes back by itself, and finds it there.
    await this.#states.send(client).catch(() => connection.cut())
  }

  /** @throws WaqtorError 429 when somebody holds as many channels as they may */
  #demandRoom({ principal }: Pass): void {
    const most = this.#options.config.clientsPerPrincipal
    if (this.clients.countOf(principal.id) < most) return
    throw fail('WAQ_RATE_LIMITED', `one credential may hold ${most} channels`, { retryAfter: 60 })
  }

  #admit(namespace: Pick<Namespace, 'name'>, handshake: Handshake): Promise<Pass> {
    const { admission, channels } = this.#options
    const admit = async (tries: number): Promise<Pass> => {
      const changes = this.#changes
      const pass = await admission.admit(channels.at(namespace.name), handshake)
      if (changes === this.#changes || tries === TRIES) return pass
      return admit(tries + 1)
    }
    return admit(1)
  }

  async #reconsider(client: Client): Promise<void> {
    // Away, and perhaps soon back: the sweep decides.
    if (this.#options.channels.at(client.path).length === 0) return
    try {
      await client.reconsider(() => this.#admit(client.socket.nsp, client.handshake))
      this.door.reconsidered(client)
    } catch (error) {
      this.#end(client, error)
    }
  }

  /** Ends a client's channel; it is told why by the way in which it ends. */
  #end(client: Client, error: unknown): void {
    const { socket, path, pass } = client
    if (!socket.connected) return
    const { connections, statistics, log } = this.#options
    log.debug('a client was cut from a live channel', { path, principal: pass.principal.id, cause: error })
    // Nobody can tell just now: the client comes back and asks again.
    if (!isWaqtorError(error) || error.status >= 500) {
      connections.of(socket)?.cut()
      return
    }
    statistics.revoked++
    this.#disconnect(socket)
  }

  /** Closes a channel in good order, and its connection with the last one. */
  #disconnect(socket: Socket): void {
    const { connections } = this.#options
    socket.disconnect()
    const connection = connections.of(socket)
    if (connection && this.clients.countOn(socket.conn) === 0) connections.end(connection)
  }

  #gone(client: Client): void {
    client.gone()
    this.clients.remove(client)
    if (this.clients.size > 0) return
    this.close()
    this.#allowances.clear()
    this.#away.clear()
  }

  /** With the first client: nobody pays for what nobody hears. */
  #listen(): void {
    if (this.#undo) return
    const heard = (envelope: Envelope) => {
      this.#broadcasts.heard(envelope)
      this.door.heard(envelope)
    }
    const deaf = this.#options.kernel.events.onAny((_, envelope) => heard(envelope))
    const sweep = setInterval(() => this.sweep(performance.now()), SWEEP_MS).unref()
    const beat = setInterval(() => void this.beat(), this.#options.config.pingIntervalMs).unref()
    this.#undo = () => {
      deaf()
      clearInterval(sweep)
      clearInterval(beat)
    }
  }

  /** The narrowest first: what is refused to one client takes nothing from the others. */
  #takesMessage({ path, pass }: Client, connection: Connection, now: number): boolean {
    const { ownLimits, config } = this.#options
    if (!connection.takesMessage(now) || !ownLimits.take(pass.principal, now)) return false
    const allowance = this.#allowances.get(path) ?? new Allowance(config.messagesPerNamespace)
    this.#allowances.set(path, allowance)
    return allowance.take(now)
  }
}

/** What is found out about a client before it is connected. */
interface LetIn {
  readonly handshake: Handshake
  readonly pass: Pass
  readonly changes: number
}

import type { CommandToken, Contribution, EventToken, Guarded, KernelView, Schema, Scope, z } from '@waqtor/kernel'

/** An event of the bus as the clients of a channel get it: under a name of the channel's, with a shape of its own. */
export interface ChannelEvent<N extends string = string, W extends Schema = Schema> {
  /** The name that clients listen to. */
  readonly name: N
  /** What is sent: for the types of clients and for the documentation. */
  readonly schema: W
  /** The event on the bus. Its own permission and account are asked about, for each client. */
  readonly event: EventToken
  /** What clients get of it; nothing leaves the event out. */
  readonly send: (data: never, timestamp: number) => unknown
  /**
   * Where only the latest matters, what it is the latest of: of those with the same key, all but the last are dropped
   * while a client cannot be reached as fast as they come.
   */
  readonly latestOf?: (data: never) => string
  /**
   * Where an event is somebody's own, whose: only clients of this principal get it, and the channel's permission is enough
   * for that.
   */
  readonly ownerOf?: (data: never) => string
}

/** What a client is sent when it connects, so that it need not ask: the answer of a command that it may call itself. */
export interface ChannelState {
  readonly command: CommandToken
  /** Beside the account, which is the client's. */
  readonly input: Readonly<Record<string, unknown>>
  /**
   * Where the command is not to be run for nothing (it waits, or its look is written down): what is asked first, with the same
   * input, and whether the answer calls for it. What comes to be afterwards is an event.
   */
  readonly when?: { readonly command: CommandToken; readonly calls: (output: never) => boolean }
  /** The answer as events of the channel. */
  readonly send: (output: never, timestamp: number) => readonly { readonly name: string; readonly data: unknown }[]
}

/**
 * A live channel: a socket.io namespace, contributed by the plugin that it belongs to. Several plugins may contribute to one
 * path: a client gets what it may see of each, and is refused when that is nothing.
 */
export interface Channel<E extends readonly ChannelEvent[] = readonly ChannelEvent[]> extends Contribution, Guarded {
  readonly kind: 'channel'
  /** The namespace. */
  readonly path: `/${string}`
  readonly summary: string
  readonly events: E
  readonly state: readonly ChannelState[]
}

/**
 * What the clients of a channel hear, as socket.io's types want it. Of a path with several contributions, join them by `&`.
 * @example const socket: Socket<ServerEvents<typeof CampaignsChannel>, ClientEvents> = io(`${url}/campaigns`, { auth })
 */
export type ServerEvents<C extends Channel> = {
  readonly [E in C['events'][number] as E['name']]: (data: z.output<E['schema']>) => void
} & {
  /** Answers `ping`; milliseconds since 1970. */
  readonly pong: (data: { readonly timestamp: number }) => void
}

/** What the clients of every channel may say. */
export interface ClientEvents {
  readonly ping: () => void
}

/**
 * Makes a channel; put it into `contributes` of the plugin that it belongs to.
 * @example
 * export const CampaignsChannel = defineChannel('/campaigns', {
 *   summary: 'Campaigns as they run', permission: 'campaigns:read', scope: 'instance',
 *   events: [
 *     channelEvent('progress', CampaignProgress, Progress, {
 *       send: ({ campaignId, sent }, timestamp) => ({ campaignId, sent, timestamp }), latestOf: (it) => it.campaignId,
 *     }),
 *   ],
 *   state: [channelState(listCampaigns, { status: 'running' }, ({ items }, timestamp) => items.map(…))],
 * })
 */
export function defineChannel<const E extends readonly ChannelEvent[]>(
  path: `/${string}`,
  spec: {
    readonly summary: string
    readonly permission: string
    readonly scope: Scope
    readonly events: E
    readonly state?: readonly ChannelState[]
  },
): Channel<E> {
  return Object.freeze({ state: [], ...spec, kind: 'channel', id: `channel:${path}`, path })
}

/** One event of a channel; see `ChannelEvent`. */
export function channelEvent<const N extends string, S extends Schema, W extends Schema>(
  name: N,
  event: EventToken<S>,
  schema: W,
  how: {
    readonly send: (data: z.output<S>, timestamp: number) => z.input<W> | undefined
    readonly latestOf?: (data: z.output<S>) => string
    readonly ownerOf?: (data: z.output<S>) => string
  },
): ChannelEvent<N, W> {
  return { name, schema, event, ...how }
}

/** The first things that a client of a channel is sent; see `ChannelState`. */
export function channelState<I extends Schema, O extends Schema>(
  command: CommandToken<I, O>,
  input: Readonly<Record<string, unknown>>,
  send: (output: z.output<O>, timestamp: number) => ReturnType<ChannelState['send']>,
  when?: ChannelState['when'],
): ChannelState {
  return { command, input, send, ...(when && { when }) }
}

/** What has to hold before a state is read; see `ChannelState`. */
export function channelStateWhen<O extends Schema>(
  command: CommandToken<Schema, O>,
  calls: (output: z.output<O>) => boolean,
): NonNullable<ChannelState['when']> {
  return { command, calls }
}

/** The channels of the plugins that run. */
export function channelsOf(kernel: KernelView): readonly Channel[] {
  return kernel.contributions('channel') as readonly Channel[]
}

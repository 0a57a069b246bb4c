import type { Channel, ChannelEvent } from '@waqtor/contracts'

/** An event of the bus on its way into a channel. */
export interface Source {
  readonly channel: Channel
  readonly event: ChannelEvent
}

/** The channels that there are, found by their path and by the events that feed them. */
export class Channels {
  readonly #list: () => readonly Channel[]
  #known: readonly Channel[] = []
  #byPath: ReadonlyMap<string, readonly Channel[]> = new Map()
  #byEvent: ReadonlyMap<string, readonly Source[]> = new Map()
  #changed: ReadonlySet<string> = new Set()

  /** @param list what the plugins contribute that run right now */
  constructor(list: () => readonly Channel[]) {
    this.#list = list
  }

  /** Looks what is there now. */
  refresh(): void {
    const now = this.#list()
    const before = this.#known
    const changed = [...now.filter((it) => !before.includes(it)), ...before.filter((it) => !now.includes(it))]
    if (changed.length === 0) return
    this.#known = now
    this.#changed = new Set([...this.#changed, ...changed.map(({ path }) => path)])
    this.#byPath = Map.groupBy(now, ({ path }) => path)
    const sources = now.flatMap((channel) => channel.events.map((event): Source => ({ channel, event })))
    this.#byEvent = Map.groupBy(sources, ({ event }) => event.event.id)
  }

  /** The paths at which something has changed since this was asked last. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  /** The contributions to a path; none when there is no such channel. */
  at(path: string): readonly Channel[] {
    return this.#byPath.get(path) ?? []
  }

  /** Where an event goes. One that goes nowhere may be that of a plugin which came, or came back, this very moment. */
  fedBy(event: string): readonly Source[] {
    const known = this.#byEvent.get(event)
    if (known) return known
    this.refresh()
    return this.#byEvent.get(event) ?? []
  }
}

/** Who hears an event: those who may, of one account, or of them the one person whose event it is. */
export function roomOf(event: string, instance: string | null, owner?: string): string {
  const room = `${event}@${instance ?? ''}`
  return owner === undefined ? room : `${room}#${owner}`
}

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

  /** @param list what the plugins contribute that run right now */
  constructor(list: () => readonly Channel[]) {
    this.#list = list
  }

  /** Looks what is there now. Answers the paths at which something changed. */
  refresh(): ReadonlySet<string> {
    const now = this.#list()
    const before = this.#known
    const changed = [...now.filter((it) => !before.includes(it)), ...before.filter((it) => !now.includes(it))]
    if (changed.length > 0) {
      this.#known = now
      this.#byPath = Map.groupBy(now, ({ path }) => path)
      const sources = now.flatMap((channel) => channel.events.map((event): Source => ({ channel, event })))
      this.#byEvent = Map.groupBy(sources, ({ event }) => event.event.id)
    }
    return new Set(changed.map(({ path }) => path))
  }

  /** The contributions to a path; none when there is no such channel. */
  at(path: string): readonly Channel[] {
    return this.#byPath.get(path) ?? []
  }

  fedBy(event: string): readonly Source[] {
    return this.#byEvent.get(event) ?? []
  }
}

/** Who hears an event: those who may, of one account, or of them the one person whose event it is. */
export function roomOf(event: string, instance: string | null, owner?: string): string {
  const room = `${event}@${instance ?? ''}`
  return owner === undefined ? room : `${room}#${owner}`
}

/** The doors of the stock set over socket.io: channels, events by subscription, and commands. */
import { type Channel, type ChannelEvent, channelsOf } from '@waqtor/contracts'
import type { Envelope, EventToken } from '@waqtor/kernel'
import { io, type Socket } from 'socket.io-client'
import type { Door, Key, Place, Verdict } from './matrix.ts'
import { each, inputOf, reached, seen, verdictOf, worthAsking } from './matrix-answers.ts'
import { eventExamples, isMarker, Live, LiveOnHost, liveEvent } from './matrix-stock.ts'
import type { Answer, Stock } from './stock.ts'

/** Where any event and any command can be had. */
const EVENTS = '/events'

export async function socketDoors(stock: Stock): Promise<readonly Door[]> {
  const exampleOf = await eventExamples(stock)
  return [await channels(stock, exampleOf), subscriptions(stock, exampleOf), execution(stock)]
}

interface Heard {
  readonly channel: Channel
  readonly event: ChannelEvent
  /** As the matrix knows it. */
  readonly subject: Pick<EventToken, 'id' | 'permission' | 'scope'>
}

/** What clients of each channel hear of what happens: of the account that they name, and of their own things alone. */
async function channels(stock: Stock, exampleOf: (event: EventToken) => unknown): Promise<Door> {
  const all = channelsOf(stock.test.kernel).flatMap((channel) => channel.events.map((event) => heard(channel, event)))
  const byId = new Map(all.map((it) => [it.subject.id, it]))
  const paths = [...new Set(all.map(({ channel }) => channel.path))]
  // Of some events only the latest is sent, when there is time or something else happens that anybody hears: this is anybody.
  for (const path of paths)
    for (const place of ['shop', 'default'] as const) await open(stock, path, { text: stock.admin }, place)
  const happen = ({ event }: Heard, instance: string | null, owner: string | undefined) => {
    const data = { ...(exampleOf(event.event) as object), ...(event.ownerOf && { userId: owner }) }
    stock.test.kernel.events.deliver(event.event, liveEvent(event.event, data, instance))
  }
  return {
    name: 'channel',
    subjects: all.map(({ subject }) => subject),
    demands: ({ id }) => [byId.get(id)!.channel.permission],
    async ask(key, place) {
      const verdicts = new Map<string, readonly Verdict[]>()
      for (const path of paths) {
        const here = all.filter(
          (it) => it.channel.path === path && (it.subject.scope === 'host') === (place === 'host'),
        )
        if (here.length === 0) continue
        const client = await open(stock, path, key, place === 'host' ? 'default' : place)
        if (typeof client === 'string') {
          for (const { subject } of here) verdicts.set(subject.id, [client])
          continue
        }
        const names: string[] = []
        client.onAny((name: string) => names.push(name))
        await client.emitWithAck('ping')
        names.length = 0
        const other = place === 'shop' ? 'default' : 'shop'
        // Those of which only the latest is sent go first: the others take them along.
        for (const it of here.toSorted((a, b) => Number(!a.event.latestOf) - Number(!b.event.latestOf))) {
          if (it.event.ownerOf) happen(it, null, 'usr_of_another')
          if (it.subject.scope === 'instance') happen(it, other, undefined)
          happen(it, place === 'host' ? null : place, key.id)
        }
        await client.emitWithAck('ping')
        client.close()
        for (const { subject, event } of here) {
          const count = names.filter((it) => it === event.name).length
          verdicts.set(subject.id, [count > 1 ? `heard ${count} times` : count === 1 ? 'allowed' : 'refused'])
        }
      }
      return verdicts
    },
  }
}

function heard(channel: Channel, event: ChannelEvent): Heard {
  // What is somebody's own takes no permission but the channel's.
  const { permission } = event.ownerOf ? channel : event.event
  return { channel, event, subject: { id: `${channel.path} ${event.name}`, permission, scope: event.event.scope } }
}

/** Events by subscription: first those of the log, then those that happen. */
function subscriptions(stock: Stock, exampleOf: (event: EventToken) => unknown): Door {
  const { events } = stock.test.kernel
  const subjects = events.list().filter((it) => !isMarker(it))
  return {
    name: 'socket events',
    subjects,
    demands: () => ['events:read'],
    wholeHost: true,
    whenLocked: 'refused',
    async ask(key, place) {
      const own = subjects.filter((it) => (it.scope === 'host') === (place === 'host'))
      const client = await open(stock, EVENTS, key, place)
      if (typeof client === 'string') return new Map(own.map(({ id }) => [id, [client]]))
      const live = place === 'host' ? LiveOnHost : Live
      const types = new Set<string>()
      const atEnd = Promise.withResolvers<void>()
      client.on('event', ({ type }: Envelope) => {
        if (type === live.id) atEnd.resolve()
        else types.add(type)
      })
      const { problem } = await client.emitWithAck('subscribe', { after: 0 })
      if (!problem) {
        for (const event of [...own.filter((it) => it.kind === 'transient'), live]) {
          const data = event === live ? {} : exampleOf(event)
          events.deliver(event, liveEvent(event, data, place === 'host' ? null : place))
        }
        await atEnd.promise
      }
      client.close()
      const shown = problem ? verdictOf(problem.status, JSON.stringify(problem)) : types
      return new Map(own.map(({ id }) => [id, [seen(shown, id)]]))
    },
  }
}

/** Commands over a client that came in for an account that its key reaches. */
function execution(stock: Stock): Door {
  const subjects = stock.test.kernel.commands.list().filter((it) => it.permission !== 'public')
  return {
    name: 'socket execute',
    subjects,
    demands: () => ['events:read'],
    async ask(key, place) {
      const client = await open(stock, EVENTS, key, 'shop')
      try {
        return await each(worthAsking(subjects, key), place, async (command) => {
          if (typeof client === 'string') return [client]
          const reply = await client.emitWithAck('execute', { command: command.id, input: inputOf(command, place) })
          const { status = 200, ...body } = reply.problem ?? {}
          return [reached({ status, body, text: JSON.stringify(reply) } as Answer, command, place)]
        })
      } finally {
        if (typeof client !== 'string') client.close()
      }
    },
  }
}

/** A client of a channel, or why there is none. */
function open(stock: Stock, path: string, { text }: Pick<Key, 'text'>, instance: Place): Promise<Socket | Verdict> {
  const auth = { instance, ...(text !== null && { token: text }) }
  const how = { transports: ['websocket'], forceNew: true, reconnection: false }
  const socket = io(stock.address + path, { ...how, auth })
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket))
    socket.once('connect_error', (error: Error & { data?: { status: number } }) => {
      socket.close()
      resolve(verdictOf(error.data?.status ?? 0, JSON.stringify(error.data ?? error.message)))
    })
  })
}

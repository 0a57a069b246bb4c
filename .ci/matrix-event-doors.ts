/** Events over HTTP: the log, and the stream. */
import type { Door } from './matrix.ts'
import { seen, verdictOf } from './matrix-answers.ts'
import { eventExamples, isMarker, Live, LiveOnHost, Logged, LoggedOnHost, liveEvent } from './matrix-stock.ts'
import type { Stock } from './stock.ts'

export async function eventDoors(stock: Stock): Promise<readonly Door[]> {
  return [eventPage(stock), await eventStream(stock)]
}

/** Recorded events, a page at a time. */
function eventPage(stock: Stock): Door {
  const subjects = stock.test.kernel.events.list().filter((it) => it.kind === 'recorded' && !isMarker(it))
  const all = subjects.map((it) => it.id).join()
  return {
    name: 'events',
    subjects,
    demands: () => ['events:read'],
    wholeHost: true,
    whenLocked: 'refused',
    async ask(key, place) {
      const own = subjects.filter((it) => (it.scope === 'host') === (place === 'host'))
      const pages = [`?instance=${place}&limit=500`, `?instance=${place}&limit=500&types=${all}`]
      const shown = await Promise.all(
        pages.map(async (page) => {
          const answer = await stock.ask(`/api/v2/events${page}`, { key: key.text })
          return answer.status === 200
            ? new Set(answer.body.items.map((it: { type: string }) => it.type))
            : verdictOf(answer.status, answer.text)
        }),
      )
      return new Map(own.map(({ id }) => [id, shown.map((it) => seen(it, id))]))
    },
  }
}

/** Events as they are streamed: first those of the log, then those that happen. */
async function eventStream(stock: Stock): Promise<Door> {
  const { events } = stock.test.kernel
  const subjects = events.list().filter((it) => !isMarker(it))
  const exampleOf = await eventExamples(stock)
  return {
    name: 'event stream',
    subjects,
    demands: () => ['events:read'],
    wholeHost: true,
    whenLocked: 'refused',
    async ask(key, place) {
      const own = subjects.filter((it) => (it.scope === 'host') === (place === 'host'))
      const account = place === 'host' ? null : place
      const leaving = new AbortController()
      const response = await fetch(`${stock.address}/api/v2/events/stream?instance=${place}&after=0`, {
        ...(key.text !== null && { headers: { 'X-API-Key': key.text } }),
        signal: leaving.signal,
      })
      if (response.status !== 200) {
        const verdict = verdictOf(response.status, await response.text())
        return new Map(own.map(({ id }) => [id, [verdict]]))
      }
      const types = typesIn(response)
      const [logged, live] = account === null ? [LoggedOnHost, LiveOnHost] : [Logged, Live]
      const ofLog = await until(types, logged.id)
      for (const event of [...own.filter((it) => it.kind === 'transient'), live])
        events.deliver(event, liveEvent(event, event === live ? {} : exampleOf(event), account))
      const ofBus = await until(types, live.id)
      leaving.abort()
      return new Map(own.map(({ id, kind }) => [id, [seen(kind === 'recorded' ? ofLog : ofBus, id)]]))
    },
  }
}

/** The types of the events of a stream, as they come. */
async function* typesIn(response: Response): AsyncGenerator<string, void> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const lines = text.split('\n')
    text = lines.pop()!
    for (const line of lines) if (line.startsWith('event: ')) yield line.slice('event: '.length)
  }
}

async function until(types: AsyncGenerator<string, void>, last: string): Promise<ReadonlySet<string>> {
  const met = new Set<string>()
  for (let it = await types.next(); !it.done; it = await types.next()) {
    if (it.value === last) return met
    met.add(it.value)
  }
  throw new Error(`the stream ended before '${last}'`)
}

/** The stock set as the matrix needs it: handlers only tell that they were reached, and every kind of event has happened. */
import { Database, EventLog } from '@waqtor/contracts'
import { defineEvent, definePlugin, type EventToken, newId, WaqtorError, z } from '@waqtor/kernel'
import { createInstance } from '@waqtor/plugin-instances/contract'
import { type Stock, type StockOptions, startStock } from './stock.ts'

/** Status and code by which a handler says that it was reached. Nothing else answers so. */
export const REACHED = { status: 418, code: 'reached' } as const

const marker = { permission: 'events:read', schema: z.object({}) } as const
/** The last event in each log, and the last that is sent live: whoever may follow a stream sees them. */
export const Logged = defineEvent('matrix.logged', { ...marker, scope: 'instance', kind: 'recorded' })
export const LoggedOnHost = defineEvent('matrix.logged-on-host', { ...marker, scope: 'host', kind: 'recorded' })
export const Live = defineEvent('matrix.live', { ...marker, scope: 'instance', kind: 'transient' })
export const LiveOnHost = defineEvent('matrix.live-on-host', { ...marker, scope: 'host', kind: 'transient' })

const markers = definePlugin({
  name: 'matrix',
  config: z.object({}),
  events: [Logged, LoggedOnHost, Live, LiveOnHost],
  setup() {},
})

/** Commands that do their work all the same: a door is made of them. */
const real = new Set(['events.list'])

export async function startMatrixStock(options: StockOptions = {}): Promise<Stock> {
  const stock = await startStock({
    ...options,
    more: [markers(), ...(options.more ?? [])],
    handle({ id, scope }, input, { via }, run) {
      if (via === 'internal' || real.has(id)) return run()
      const { instance } = (input ?? {}) as { instance?: string }
      throw new WaqtorError('WAQ_REACHED', `'${id}' was reached`, {
        status: REACHED.status,
        details: scope === 'instance' ? { instance } : {},
      })
    },
  })
  await stock.test.run(createInstance, { id: 'shop', autoStart: false })
  await recordEverything(stock)
  return stock
}

/** One of the events of the matrix itself. */
export const isMarker = ({ id }: EventToken) => id.startsWith('matrix.')

/** An envelope of an event as if it had just happened. */
export function liveEvent(event: EventToken, data: unknown, instance: string | null) {
  return { id: newId('evt'), type: event.id, instance, time: new Date().toISOString(), data }
}

/** Data for an event, as the OpenAPI document shows it. */
export async function eventExamples(stock: Stock): Promise<(event: EventToken) => unknown> {
  const document = (await stock.ask('/api/v2/openapi.json')).body
  return ({ id }) => {
    const { example } = document['x-waqtor-events'][id]
    if (example === undefined)
      throw new Error(`the OpenAPI document has no example of '${id}': use \`.meta({ examples })\``)
    return example
  }
}

async function recordEverything(stock: Stock): Promise<void> {
  const log = stock.test.service(EventLog)
  const database = stock.test.service(Database)
  const exampleOf = await eventExamples(stock)
  const recorded = stock.test.kernel.events.list().filter((it) => it.kind === 'recorded' && !isMarker(it))
  for (const place of ['shop', 'default', 'host']) {
    const file = await database.open(place)
    await file.write(async (tx) => {
      for (const event of recorded as EventToken<z.ZodType, 'recorded'>[])
        if ((event.scope === 'host') === (place === 'host')) await log.record(tx, event, exampleOf(event))
      await log.record(tx, place === 'host' ? LoggedOnHost : Logged, {})
    })
  }
}

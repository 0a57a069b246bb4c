/** The doors of the stock set over HTTP. */
import type { CommandToken, EventToken, Guarded } from '@waqtor/kernel'
import { createFile, readFile } from '@waqtor/plugin-files/contract'
import { covers, type Door, type Key, type Place, type Verdict } from './matrix.ts'
import { eventExamples, Live, LiveOnHost, Logged, LoggedOnHost, liveEvent, REACHED } from './matrix-stock.ts'
import type { Answer, Ask, Stock } from './stock.ts'

const nothing = () => []
const atOnce = 32

export async function httpDoors(stock: Stock): Promise<readonly Door[]> {
  return [
    routes(stock),
    commandsById(stock),
    operations(stock),
    tools(stock),
    toolList(stock),
    eventPage(stock),
    await eventStream(stock),
    files(stock),
  ]
}

/** Commands at their routes, with the account named in each way that there is. */
function routes(stock: Stock): Door {
  const subjects = stock.test.kernel.commands.list().filter((it) => it.http)
  return {
    name: 'route',
    subjects,
    demands: nothing,
    ask: (key, place) =>
      each(subjects, place, async (command) => {
        const { method, path } = command.http!
        const inBody = method !== 'GET' && method !== 'DELETE'
        const { instance, ...fields } = inputOf(command, place)
        const named =
          path.includes('{instance}') || instance === undefined ? [{ instance }] : naming(instance, key, command)
        return Promise.all(
          named.map(async (way) => {
            const { query, ...more } = way as { query?: string; instance?: string }
            const input: Record<string, unknown> = { ...fields, ...more }
            const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
              const value = input[name] ?? instance
              delete input[name]
              return encodeURIComponent(String(value))
            })
            const search = new URLSearchParams(query === undefined ? {} : { instance: query })
            if (!inBody)
              for (const [name, value] of Object.entries(input))
                if (value !== undefined) search.set(name, written(value))
            const asked = `/api/v2${filled}${search.size > 0 ? `?${search}` : ''}`
            return reached(
              await stock.ask(asked, { method, key: key.text, ...(inBody && { body: input }) }),
              command,
              place,
            )
          }),
        )
      }),
  }
}

/** Every command by its id. */
function commandsById(stock: Stock): Door {
  const subjects = stock.test.kernel.commands.list()
  return {
    name: 'command',
    subjects,
    demands: nothing,
    ask: (key, place) =>
      each(subjects, place, async (command) => {
        const { instance, ...fields } = inputOf(command, place)
        const named = instance === undefined ? [{}] : naming(instance, key, command)
        return Promise.all(
          named.map(async ({ query, ...more }: { query?: string; instance?: string }) => {
            const path = `/api/v2/commands/${command.id}${query === undefined ? '' : `?instance=${query}`}`
            const request: Ask = { method: 'POST', key: key.text, body: { ...fields, ...more } }
            return reached(await stock.ask(path, request), command, place)
          }),
        )
      }),
  }
}

/** What the OpenAPI document shows of the commands. */
function operations(stock: Stock): Door {
  // It is shown to whoever has a credential, public commands included.
  const subjects = stock.test.kernel.commands.list().filter((it) => it.permission !== 'public')
  return {
    name: 'openapi.json',
    subjects,
    demands: nothing,
    ask: listing(subjects, async (key) => {
      const answer = await stock.ask('/api/v2/openapi.json', { key: key.text })
      if (answer.status !== 200) return answer
      const shown = Object.values<Record<string, { operationId: string }>>(answer.body.paths).flatMap((it) =>
        Object.values(it).map(({ operationId }) => operationId),
      )
      return new Set(shown)
    }),
  }
}

/** Commands as MCP tools. */
function tools(stock: Stock): Door {
  const subjects = toolCommands(stock)
  return {
    name: 'mcp',
    subjects,
    demands: writing,
    ask: (key, place) =>
      each(subjects, place, async (command) => {
        const params = { name: command.id.replaceAll('.', '_'), arguments: inputOf(command, place) }
        const { status, text, body } = await askMcp(stock, key, 'tools/call', params)
        if (status !== 200) return [verdictOf(status, text)]
        const { code, status: inside, instance } = body.result.structuredContent ?? {}
        if (code === REACHED.code)
          return [command.scope === 'host' || instance === place ? 'allowed' : `in ${instance}`]
        if (!body.result.isError && command.id === 'events.list') return ['allowed']
        return [verdictOf(inside, text)]
      }),
  }
}

function toolList(stock: Stock): Door {
  const subjects = toolCommands(stock)
  return {
    name: 'mcp tools/list',
    subjects,
    demands: writing,
    ask: listing(subjects, async (key) => {
      const answer = await askMcp(stock, key, 'tools/list', {})
      if (answer.status !== 200) return answer
      return new Set(answer.body.result.tools.map((it: { title: string }) => it.title))
    }),
  }
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

/** Whole files, handed in and fetched. */
function files(stock: Stock): Door {
  return {
    name: 'files',
    subjects: [createFile, readFile],
    demands: nothing,
    async ask(key, place) {
      if (place !== 'host') return new Map()
      const given = await stock.ask('/files?filename=a.txt', { method: 'POST', key: key.text, body: 'text' })
      const taken = await stock.ask('/files/file_of_nobody', { key: key.text })
      return new Map([
        [createFile.id, [given.status === 201 ? 'allowed' : verdictOf(given.status, given.text)]],
        [readFile.id, [taken.status === 404 ? 'allowed' : verdictOf(taken.status, taken.text)]],
      ])
    },
  }
}

const isMarker = ({ id }: EventToken) => id.startsWith('matrix.')

function toolCommands(stock: Stock): readonly CommandToken[] {
  return stock.test.kernel.commands.list().filter((it) => it.permission !== 'public' && !it.id.startsWith('mcp.'))
}

const writing = (subject: Guarded) => ((subject as CommandToken).hints?.readOnly ? [] : ['mcp:write'])

function askMcp(stock: Stock, key: Key, method: string, params: object): Promise<Answer> {
  const headers = { Accept: 'application/json, text/event-stream' }
  return stock.ask('/mcp', { method: 'POST', key: key.text, headers, body: { jsonrpc: '2.0', id: 1, method, params } })
}

/** The example of a command on this account, or without any. */
function inputOf({ hints, scope }: CommandToken, place: Place): Record<string, unknown> {
  const { instance: _, ...fields } = (hints?.example ?? {}) as Record<string, unknown>
  return scope === 'instance' ? { ...fields, instance: place } : fields
}

/**
 * The ways to say which account is meant; `default` needs no saying. To a key that may not do it anywhere the way is all one:
 * one of them will do.
 */
function naming(instance: unknown, key: Key, command: CommandToken): readonly { query?: string; instance?: string }[] {
  const account = String(instance)
  if (!covers(key, command.permission)) return [{ instance: account }]
  return [{ instance: account }, { query: account }, ...(account === 'default' ? [{}] : [])]
}

/** Asks about those commands that have to do with the place, some at a time. */
async function each(
  commands: readonly CommandToken[],
  place: Place,
  ask: (command: CommandToken) => Promise<readonly Verdict[]>,
): Promise<ReadonlyMap<string, readonly Verdict[]>> {
  const own = commands.filter((it) => (it.scope === 'host') === (place === 'host'))
  const verdicts = new Map<string, readonly Verdict[]>()
  let next = 0
  const worker = async () => {
    for (let command = own[next++]; command; command = own[next++]) verdicts.set(command.id, await ask(command))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return verdicts
}

/** A door that shows a list, in which no account is spoken of. */
function listing(subjects: readonly Guarded[], list: (key: Key) => Promise<ReadonlySet<string> | Answer>): Door['ask'] {
  return async (key, place) => {
    if (place !== 'host') return new Map()
    const shown = await list(key)
    const verdicts = 'status' in shown ? verdictOf(shown.status, shown.text) : shown
    return new Map(subjects.map(({ id }) => [id, [seen(verdicts, id)]]))
  }
}

function seen(shown: ReadonlySet<unknown> | Verdict, id: string): Verdict {
  if (typeof shown === 'string') return shown
  return shown.has(id) ? 'allowed' : 'refused'
}

function reached({ status, text, body }: Answer, { id, scope }: CommandToken, place: Place): Verdict {
  if (status === REACHED.status && body.code === REACHED.code)
    return scope === 'host' || body.instance === place ? 'allowed' : `in ${body.instance}`
  return id === 'events.list' && status === 200 ? 'allowed' : verdictOf(status, text)
}

function verdictOf(status: number, text: string): Verdict {
  if (status === 401) return 'unknown'
  return status === 403 ? 'refused' : `${status} ${text.slice(0, 300)}`
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.join()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
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

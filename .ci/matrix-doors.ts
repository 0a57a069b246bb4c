/** The doors of the stock set over HTTP. */
import type { CommandToken, Guarded } from '@waqtor/kernel'
import { createFile, readFile } from '@waqtor/plugin-files/contract'
import type { Door, Key } from './matrix.ts'
import { each, inputOf, listing, naming, reached, verdictOf, worthAsking, written } from './matrix-answers.ts'
import { eventDoors } from './matrix-event-doors.ts'
import { socketDoors } from './matrix-socket-doors.ts'
import { REACHED } from './matrix-stock.ts'
import { compatibleDoor } from './matrix-v1-door.ts'
import type { Answer, Ask, Stock } from './stock.ts'

const nothing = () => []

export async function allDoors(stock: Stock): Promise<readonly Door[]> {
  return [...httpDoors(stock), compatibleDoor(stock), ...(await eventDoors(stock)), ...(await socketDoors(stock))]
}

function httpDoors(stock: Stock): readonly Door[] {
  return [routes(stock), commandsById(stock), operations(stock), tools(stock), toolList(stock), files(stock)]
}

/** Commands at their routes, with the account named in each way that there is. */
function routes(stock: Stock): Door {
  const prefix = '/api/v2'
  // Whoever is mounted below has the routes there: `stock-mounts.test.ts` asks them.
  const isElsewhere = (path: string) =>
    stock.mounts.some((it) => it.length > prefix.length && `${prefix}${path}`.startsWith(`${it}/`))
  const subjects = stock.test.kernel.commands.list().filter((it) => it.http && !isElsewhere(it.http.path))
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
            const asked = `${prefix}${filled}${search.size > 0 ? `?${search}` : ''}`
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
      each(worthAsking(subjects, key), place, async (command) => {
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
    // It says what there is, and its answer says what opens it.
    whenLocked: 'allowed',
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
      each(worthAsking(subjects, key), place, async (command) => {
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
    whenLocked: 'allowed',
    ask: listing(subjects, async (key) => {
      const answer = await askMcp(stock, key, 'tools/list', {})
      if (answer.status !== 200) return answer
      return new Set(answer.body.result.tools.map((it: { title: string }) => it.title))
    }),
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

function toolCommands(stock: Stock): readonly CommandToken[] {
  return stock.test.kernel.commands.list().filter((it) => it.permission !== 'public' && !it.id.startsWith('mcp.'))
}

const writing = (subject: Guarded) => ((subject as CommandToken).hints?.readOnly ? [] : ['mcp:write'])

function askMcp(stock: Stock, key: Key, method: string, params: object): Promise<Answer> {
  const headers = { Accept: 'application/json, text/event-stream' }
  return stock.ask('/mcp', { method: 'POST', key: key.text, headers, body: { jsonrpc: '2.0', id: 1, method, params } })
}

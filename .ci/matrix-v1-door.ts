/** The compatible surface, `/api`: each of its routes. Those that take a file in several parts have a matrix of their own, in the plugin. */
import { compatibleRoutesOf } from '@waqtor/contracts'
import type { CommandToken, Guarded } from '@waqtor/kernel'
import { sufficient as body, routeNames } from '@waqtor/plugin-rest-v1/testing'
import type { Door, Key, Place, Verdict } from './matrix.ts'
import { each, verdictOf } from './matrix-answers.ts'
import { REACHED } from './matrix-stock.ts'
import type { Stock } from './stock.ts'

const media = 'data:text/plain;base64,QQ=='
/** Of nothing that there is. */
const someId = (path: string) => (path.startsWith('/webhooks/') ? 'whk_01M8XK3V5T0Q2R4S6T8V0W2Y4Z' : 'x1')

interface Route extends Guarded {
  readonly method: string
  readonly path: string
  /** All of them are run, or may be. */
  readonly commands: readonly CommandToken[]
}

export function compatibleDoor(stock: Stock): Door {
  const { kernel } = stock.test
  const routes = [...routeNames(), ...compatibleRoutesOf(kernel)]
    .filter(({ path }) => !/\/(upload|send-file)$/.test(path))
    .map(({ method, path, commands: ids }): Route => {
      const commands = ids.map((id) => kernel.commands.get(id)!)
      const scope = commands.some((it) => it.scope === 'instance') ? 'instance' : 'host'
      return { id: `${method} ${path}`, permission: commands[0]!.permission, scope, method, path, commands }
    })
  return {
    name: 'compatible route',
    subjects: routes,
    demands: (route) => [...new Set((route as Route).commands.slice(1).map((it) => it.permission))],
    ask: (key, place) => each(routes, place, async (route) => [await ask(stock, key, route, place)]),
  }
}

async function ask(stock: Stock, key: Key, { method, path, scope }: Route, place: Place): Promise<Verdict> {
  // The path of a session names the account, and so does whatever else the request says.
  const filled = path.replace('{id}', path.startsWith('/sessions/') && place !== 'host' ? place : someId(path))
  const search = scope === 'host' ? '' : `?clientId=${place}`
  const inBody = method !== 'GET' && method !== 'DELETE'
  const init = {
    method,
    key: key.text,
    ...(inBody && { body: { ...body, ...(path.endsWith('/send-media') && { media }) } }),
  }
  const answer = await stock.ask(`/api${filled}${search}`, init)
  const { code, instance } = answer.body ?? {}
  if (code === REACHED.code) return instance === undefined || instance === place ? 'allowed' : `in ${instance}`
  // Several messages at once have an answer each.
  return verdictOf(code === 'forbidden' ? 403 : answer.status, answer.text)
}

import type { CommandToken } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { type RestTest, startRest } from './fixtures/start-rest.ts'

// Made from the registry, so that a new command is in it without anybody's thinking of it.
const permissionsOf = (it: RestTest) => {
  const all = it.test.kernel.commands.list().map((command) => command.permission)
  return [...new Set(all)].filter((permission) => permission !== 'public')
}

/** Every way to say which account is meant, for a command with and without a route. */
function waysTo(command: CommandToken, instance: string) {
  const { http, id } = command
  const query = `?instance=${instance}`
  const named = { instance }
  const ways = [
    { path: `/commands/${id}`, method: 'POST', body: named },
    { path: `/commands/${id}${query}`, method: 'POST', body: {} },
  ]
  if (!http) return ways
  const path = http.path.replaceAll(/\{\w+\}/g, '1')
  if (http.method === 'GET' || http.method === 'DELETE') return [...ways, { path: path + query, method: http.method }]
  return [...ways, { path, method: http.method, body: named }, { path: path + query, method: http.method, body: {} }]
}

const valid = {
  name: 'n',
  id: 1,
  how: 'gone',
  tree: { name: 'a', children: [] },
  permissions: ['keys:write'],
  instances: ['shop'],
}

/** Fields that make an input pass, so that only the gate can refuse. */
function complete(command: CommandToken, body: object): object {
  const filled = { ...valid, ...body }
  const shape = Object.keys((command.input as { shape?: object }).shape ?? {})
  return Object.fromEntries(Object.entries(filled).filter(([name]) => shape.includes(name)))
}

describe('the table of commands, permissions and accounts', () => {
  it('lets through what it says, on every way in, and nothing else', async () => {
    await using it = await startRest()
    const own = 'shop'
    const keys = new Map<string, string>()
    for (const permission of permissionsOf(it)) keys.set(permission, (await it.key([permission], [own])).key)
    let refused = 0
    let allowed = 0
    for (const command of it.test.kernel.commands.list()) {
      const { permission, scope } = command
      for (const instance of [own, 'office', 'default']) {
        for (const way of waysTo(command, instance)) {
          if (scope === 'host' && way.path.includes('?')) continue
          const ask = async (key: string | null) => {
            const { body } = way as { body?: object }
            const answer = await it.ask(way.path, {
              method: way.method,
              key,
              ...(body && { body: complete(command, body) }),
            })
            return answer.status
          }
          for (const [held, key] of keys) {
            const may = permission === 'public' || (held === permission && (scope === 'host' || instance === own))
            const status = await ask(key)
            const what = `${way.method} ${way.path} ${JSON.stringify((way as { body?: object }).body)} with ${held}: ${status}`
            if (may) expect([401, 403], what).not.toContain(status)
            else expect(status, what).toBe(403)
            if (may) allowed++
            else refused++
          }
          const anonymous = await ask(null)
          if (permission === 'public') expect([401, 403]).not.toContain(anonymous)
          else expect(anonymous).toBe(401)
        }
      }
    }
    expect(allowed).toBeGreaterThan(20)
    expect(refused).toBeGreaterThan(200)
    const foreign = it.calls.map(({ input }) => (input as { instance?: string }).instance)
    expect(foreign.filter((instance) => instance !== undefined && instance !== own)).toEqual([])
  })

  it('is not changed by naming the account twice, or by another name for it', async () => {
    await using it = await startRest()
    const { key } = await it.key(['things:*'], ['shop'])
    const tries = [
      it.ask('/things?instance=shop&instance=office', { key }),
      it.ask('/things?instance=office&instance=shop', { key }),
      it.ask('/things?instanceName=shop', { key }),
      it.ask('/things?INSTANCE=shop', { key }),
      it.ask('/things?instance[]=shop', { key }),
      it.ask('/things', { key, headers: { 'X-Instance': 'shop' } }),
      it.ask('/things?instance=shop', { key, method: 'POST', body: { name: 'n', instance: 'office' } }),
      it.ask('/things', { key, method: 'POST', body: '{"name":"n","instance":"shop","instance":"office"}' }),
      it.ask('/things', { key, method: 'POST', body: '{"name":"n","instance":["shop"]}' }),
      it.ask('/things?instance=shop%00', { key }),
    ]
    const statuses = (await Promise.all(tries)).map(({ status }) => status)
    expect(statuses).toEqual([400, 400, 403, 403, 403, 403, 400, 403, 400, 400])
    expect(it.calls).toEqual([])
  })
})

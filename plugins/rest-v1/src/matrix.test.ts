import type { CommandToken } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { type Answer, type RestV1Test, startRestV1 } from './fixtures/start-rest-v1.ts'
import { sufficient as body, routeNames } from './testing/index.ts'

type Route = ReturnType<typeof routeNames>[number]
const isUpload = ({ path }: Route) => path.endsWith('/upload') || path.endsWith('/send-file')
/** Their path names the account. */
const isSession = ({ path }: Route) => path.startsWith('/sessions/')
const routes = routeNames()

/** Asks a route for an account, as a client would who names it this way. */
async function ask(
  it: RestV1Test,
  route: Route,
  key: string | null,
  { query = '', more = {}, account = 'default' }: { query?: string; more?: object; account?: string } = {},
): Promise<Answer> {
  const path = route.path.replace('{id}', isSession(route) ? account : 'x1')
  const { method } = route
  const init = { method, key }
  if (method === 'GET' || method === 'DELETE') return it.ask(`/api${path}${query}`, init)
  const media = route.path.endsWith('/send-media') && { media: 'data:text/plain;base64,QQ==' }
  if (!isUpload(route)) return it.ask(`/api${path}${query}`, { ...init, body: { ...body, ...media, ...more } })
  const form = new FormData()
  for (const [name, value] of Object.entries({ phone: '201001234567', ...more })) form.append(name, String(value))
  form.append('file', new Blob(['a']), 'a.txt')
  return it.ask(`/api${path}${query}`, { ...init, body: form })
}

function commandsOf(it: RestV1Test, { commands }: Route): readonly CommandToken[] {
  return commands.map((id) => it.test.kernel.commands.get(id)!)
}

const belongsToAccount = (it: RestV1Test, route: Route) =>
  commandsOf(it, route).some(({ scope }) => scope === 'instance') && !isUpload(route)

describe('the same gate', () => {
  it('D1: refuses every route without a key', async () => {
    await using it = await startRestV1()
    for (const route of routes) {
      const { status, body: answer } = await ask(it, route, null)
      const what = `${route.method} ${route.path}`
      expect([what, status, answer.success, answer.code]).toEqual([what, 401, false, 'unauthenticated'])
    }
  })

  it('D8: refuses a wrong key, wherever it is sent, and soon whoever goes on guessing', async () => {
    await using it = await startRestV1()
    const guesses = ['wrong', `waq_${'0'.repeat(26)}_${'0'.repeat(64)}_00000000`]
    for (const key of guesses) {
      const { status, body: answer } = await it.ask('/api/status/client', { key })
      expect([status, answer.success, answer.code]).toEqual([401, false, 'unauthenticated'])
    }
    const inUrl = await it.ask(`/api/status/client?apiKey=${it.admin}`, { key: null })
    expect([inUrl.status, inUrl.body.code]).toEqual([400, 'key_in_url'])
    const statuses = new Set<number>()
    let last: Answer | undefined
    for (let i = 0; i < 40; i++) {
      last = await it.ask('/api/status/client', { key: 'wrong' })
      statuses.add(last.status)
    }
    expect([...statuses]).toEqual([401, 429])
    expect(last!.body).toMatchObject({ success: false, error: expect.any(String), code: 'rate_limited' })
    expect(Number(last!.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('D9: refuses every route to a key for anything else, before its body is read', async () => {
    await using it = await startRestV1()
    const permissions = new Set(it.test.kernel.commands.list().map((command) => command.permission))
    for (const route of routes) {
      const needed = commandsOf(it, route).map(({ permission }) => permission)
      const others = [...permissions].filter((permission) => permission !== 'public' && !needed.includes(permission))
      const { method } = route
      const answer = await it.ask(`/api${route.path.replace('{id}', 'x1')}`, {
        method,
        key: await it.key(others),
        ...(method !== 'GET' && { body: '{ broken' }),
      })
      expect([route.path, answer.status, answer.body.code]).toEqual([route.path, 403, 'forbidden'])
    }
  })

  it('D9: lets a key act on its own account and on no other, however it is named', async () => {
    await using it = await startRestV1()
    for (const id of ['shop', 'office'])
      await it.ask('/api/sessions', { method: 'POST', body: { clientId: id, autoStart: false } })
    const key = await it.key(['*'], ['shop'])
    let asked = 0
    for (const route of routes) {
      if (!belongsToAccount(it, route)) continue
      const foreign = isSession(route)
        ? [
            { account: 'office' },
            { account: 'office', query: '?clientId=shop' },
            { account: 'default', more: { instance: 'shop' } },
          ]
        : [
            {},
            { query: '?clientId=office' },
            { query: '?instance=office' },
            { query: '?instanceName=shop' },
            { query: '?session=shop' },
            { query: '?clientId[]=shop' },
            { more: { instanceName: 'shop' } },
            ...(route.method === 'GET' || route.method === 'DELETE'
              ? []
              : [{ more: { instance: 'office' } }, { more: { clientId: 'office' } }]),
          ]
      for (const how of foreign) {
        const { status, text } = await ask(it, route, key, how)
        const what = `${route.method} ${route.path} ${JSON.stringify(how)}`
        expect([what, status, text.includes('does not reach this instance')]).toEqual([what, 403, true])
        asked++
      }
      for (const how of isSession(route)
        ? []
        : [{ query: '?clientId=shop&clientId=office' }, { query: '?clientId=shop&instance=office' }]) {
        const { status } = await ask(it, route, key, how)
        expect([route.path, status]).toEqual([route.path, 400])
        asked++
      }
    }
    expect(asked).toBeGreaterThan(150)
    // Its own one is not refused; what is asked of it may still be impossible.
    for (const route of routes.filter((it) => it.method === 'GET' && it.path !== '/session/qr')) {
      if (!belongsToAccount(it, route) || route.path.endsWith('/qr')) continue
      const { status } = await ask(it, route, key, { query: '?clientId=shop', account: 'shop' })
      expect([route.path, [200, 404].includes(status)]).toEqual([route.path, true])
    }
  })

  it('D9: sends no file for an account that the key does not reach, and keeps none of it', async () => {
    await using it = await startRestV1()
    const key = await it.key(['*'], ['shop'])
    for (const route of routes.filter(isUpload)) {
      for (const how of [{}, { query: '?clientId=default' }, { more: { instance: 'default' } }]) {
        expect((await ask(it, route, key, how)).status).toBe(403)
      }
      expect((await ask(it, route, key, { query: '?clientId=shop', more: { instance: 'default' } })).status).toBe(400)
    }
    expect((await it.ask('/api/status/chats')).body.data).toEqual([])
    expect(await it.test.run(it.test.kernel.commands.get('files.list')!, {})).toMatchObject({ items: [] })
  })
})

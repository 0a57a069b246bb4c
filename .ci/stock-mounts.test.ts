/** Whatever is mounted on the server beside the commands has its policy here, and keeps to it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stock, startStock } from './stock.ts'

/**
 * `credential`: nobody is told anything, not even what is there, but for the `public` paths. `public`: for everybody, with the
 * reason why.
 */
type Policy =
  | { readonly access: 'credential'; readonly public?: readonly string[] }
  | { readonly access: 'public'; readonly why: string }

/** By prefix. A mount that is missing here fails the build: decide who may come in, and say it. */
const policies: Readonly<Record<string, Policy>> = {
  '/api/v2': { access: 'credential', public: ['/reference'] },
  '/api/v2/auth': { access: 'public', why: 'whoever signs in has no credential yet' },
  '/files': { access: 'credential' },
  '/mcp': { access: 'credential' },
  '/metrics': { access: 'credential' },
  '/ready': { access: 'public', why: 'a load balancer asks whether to send requests here; it is told nothing else' },
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']
const paths = [
  '',
  '/',
  '/x',
  '/openapi.json',
  '/events/stream',
  '/commands/keys.list',
  '/..%2f',
  '//',
  '/%00',
  '/reference/x',
]

let stock: Stock
beforeAll(async () => {
  stock = await startStock()
})
afterAll(() => stock[Symbol.asyncDispose]())

describe('a mount on the server', () => {
  it('is in the table of policies', () => {
    expect(stock.mounts.filter((it) => !(it in policies))).toEqual([])
    expect(stock.mounts).toContain('/api/v2')
  })

  it.each(Object.entries(policies))('%s keeps to its policy without a credential', async (prefix, policy) => {
    if (!stock.mounts.includes(prefix)) return
    if (policy.access === 'public') {
      for (const path of paths) expect((await stock.ask(prefix + path, { key: null })).status, path).toBeLessThan(500)
      return
    }
    const open = new Set(policy.public ?? [])
    const routes = stock.test.kernel.commands.list().flatMap((it) => (it.http ? [it.http] : []))
    const commands = stock.test.kernel.commands.list().filter((it) => it.permission === 'public')
    const openRoutes = new Set(commands.map((it) => `${it.http?.method} ${it.http?.path}`))
    const tried = [
      ...paths.flatMap((path) => methods.map((method) => ({ method, path }))),
      ...routes.filter((it) => !openRoutes.has(`${it.method} ${it.path}`)),
    ].filter(
      ({ path }) => !stock.mounts.some((it) => it.length > prefix.length && (prefix + path).startsWith(`${it}/`)),
    )
    let refused = 0
    for (const { method, path } of tried) {
      const { status, text } = await stock.ask(prefix + path.replaceAll(/[{}]/g, ''), { key: null, method })
      // What is no well-formed path gets nowhere; a HEAD is answered without words.
      expect([401, 400, 404], `${method} ${prefix}${path}: ${status} ${text}`).toContain(status)
      if (status === 401) refused++
      else expect(text).not.toMatch(/items|waq_/)
    }
    expect(refused).toBeGreaterThan(tried.length / 2)
    for (const path of open) expect((await stock.ask(prefix + path, { key: null })).status, path).toBe(200)
  })

  it('keeps to its policy with a wrong key', async () => {
    for (const prefix of stock.mounts)
      if (policies[prefix]?.access === 'credential')
        expect((await stock.ask(`${prefix}/reference`, { key: 'wrong' })).status, prefix).toBe(401)
  })

  it('serves nothing where nothing is mounted, but for /health', async () => {
    expect((await stock.ask('/health', { key: null })).body).toEqual({ status: 'ok', ready: true })
    for (const path of ['/', '/nothing', '/..', '/data/host.db', '/waqtor.config.ts', '/api/v2x', '/filesystem'])
      expect((await stock.ask(path)).status, path).toBe(404)
  })
})

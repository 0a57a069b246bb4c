/** Whatever is mounted on the server beside the commands has its policy here, and keeps to it. */

import { compatibleRoutesOf } from '@waqtor/contracts'
import { routeNames } from '@waqtor/plugin-rest-v1/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stock, startStock } from './stock.ts'

/**
 * `credential`: nobody is told anything, not even what is there, but for the `public` paths; where there is one page that
 * everybody knows, whoever has no credential is told its `methods`. `public`: for everybody, with the reason why.
 */
type Policy =
  | { readonly access: 'credential'; readonly public?: readonly string[]; readonly methods?: readonly string[] }
  | { readonly access: 'public'; readonly why: string }

/** By prefix. A mount that is missing here fails the build: decide who may come in, and say it. */
const policies: Readonly<Record<string, Policy>> = {
  '/api': { access: 'credential' },
  '/api/v1': { access: 'credential' },
  '/api/v2': { access: 'credential', public: ['/reference'] },
  '/api/v2/auth': { access: 'public', why: 'whoever signs in has no credential yet' },
  '/files': { access: 'credential' },
  '/mcp': { access: 'credential' },
  '/metrics': { access: 'credential', methods: ['GET', 'HEAD'] },
  '/ready': { access: 'public', why: 'a load balancer asks whether to send requests here; it is told nothing else' },
  '/socket.io': { access: 'public', why: 'a connection carries nothing: each channel on it asks for a credential' },
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
  '/events/stream?access_token=x',
  '/?EIO=4&transport=polling',
]

let stock: Stock
beforeAll(async () => {
  stock = await startStock()
})
afterAll(() => stock[Symbol.asyncDispose]())

describe('a mount on the server', () => {
  it('is in the table of policies', () => {
    expect(stock.mounts.filter((it) => !(it in policies))).toEqual([])
    // One that is gone takes its line with it.
    expect(Object.keys(policies).filter((it) => !stock.mounts.includes(it))).toEqual([])
  })

  it.each(Object.entries(policies))('%s keeps to its policy without a credential', async (prefix, policy) => {
    if (policy.access === 'public') {
      for (const path of paths) expect((await stock.ask(prefix + path, { key: null })).status, path).toBeLessThan(500)
      return
    }
    const open = new Set(policy.public ?? [])
    const { kernel } = stock.test
    const ofCommands = kernel.commands.list().flatMap((it) => (it.http ? [it.http] : []))
    const routes = [...ofCommands, ...routeNames(), ...compatibleRoutesOf(kernel)]
    const commands = kernel.commands.list().filter((it) => it.permission === 'public')
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
      const isKnown = policy.methods && !policy.methods.includes(method)
      // What is no well-formed path gets nowhere; a HEAD is answered without words.
      expect([401, 400, 404, ...(isKnown ? [405] : [])], `${method} ${prefix}${path}: ${status} ${text}`).toContain(
        status,
      )
      if (status === 401) refused++
      else expect(text).not.toMatch(/items|waq_/)
    }
    expect(refused).toBeGreaterThan(policy.methods ? 0 : tried.length / 2)
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

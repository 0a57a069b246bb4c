/** The plugins of waqtor.config.ts on the simulator, with storage that is thrown away: what tests of the whole set ask. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, HostInfo, Http } from '@waqtor/contracts'
import { type Call, type CommandToken, definePlugin, type PluginEntry, systemPrincipal, z } from '@waqtor/kernel'
import { type TestKernel, testKernel } from '@waqtor/kernel/testing'
import { createKey } from '@waqtor/plugin-auth/contract'
import memory from '@waqtor/plugin-storage-memory'
import config from '../waqtor.config.ts'

export interface Stock extends AsyncDisposable {
  readonly test: TestKernel
  /** `http://127.0.0.1:…` */
  readonly address: string
  /** A key that may do everything. */
  readonly admin: string
  /** Every prefix at which something is mounted, or which somebody took over. */
  readonly mounts: readonly string[]
  key(permissions: readonly string[], instances?: readonly string[]): Promise<string>
  /** The same with its id; `gated` binds it by access codes. */
  makeKey(
    permissions: readonly string[],
    instances?: readonly string[],
    more?: { readonly gated: boolean },
  ): Promise<{ readonly key: string; readonly id: string }>
  ask(path: string, init?: Ask): Promise<Answer>
}

export interface Ask {
  readonly method?: string
  /** With whose key: the administrator's when absent, none with null. */
  readonly key?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a string or bytes are sent as they are. */
  readonly body?: unknown
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any
}

export interface StockOptions {
  /** Options for plugins by name, in place of the config's. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly more?: readonly PluginEntry[]
  /** Takes the place of every handler; what it answers, `real` may have answered. */
  readonly handle?: Substitute
}

export type Substitute = (command: CommandToken, input: unknown, call: Call, real: () => unknown) => unknown

export async function startStock({ options = {}, more = [], handle }: StockOptions = {}): Promise<Stock> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'waqtor-stock-'))
  const mounts: string[] = []
  const host = definePlugin({
    name: 'host',
    config: z.object({}),
    provides: [HostInfo],
    setup(ctx) {
      ctx.provide(HostInfo, { dataDirectory, version: '1.0.0', options: { port: 0 }, isReady: () => true })
    },
  })
  // Thousands of requests come at once: how many a key may send is tested elsewhere.
  const any = { perSecond: 1e9, burst: 1e9 }
  const realtime = { messages: any, messagesPerNamespace: any }
  const limits: Record<string, unknown> = { http: { rateLimit: any }, realtime, ...options }
  const listed = config.plugins.filter((it): it is PluginEntry => Boolean(it))
  const stock = listed.map((it): PluginEntry => {
    if (it.spec.provides?.some((token) => token.id === Database.id)) return memory()
    if (it.spec.name === 'http') return { spec: noting(it.spec, mounts), config: limits.http }
    return it.spec.name in limits ? { ...it, config: limits[it.spec.name] } : it
  })
  const substituted = handle ? stock.map((it) => ({ ...it, spec: substituting(it.spec, handle) })) : stock
  const test = await testKernel({ plugins: [host(), ...substituted, ...more] })
  const address = test.service(Http).address!
  const makeKey: Stock['makeKey'] = (permissions, instances, more) => {
    const wanted = { permissions: [...permissions], ...(instances && { instances: [...instances] }), ...more }
    return test.run(createKey, wanted, { principal: systemPrincipal })
  }
  const key: Stock['key'] = async (permissions, instances) => (await makeKey(permissions, instances)).key
  const admin = await key(['*'])
  return {
    test,
    address,
    admin,
    mounts,
    key,
    makeKey,
    async ask(path, { method = 'GET', key: own = admin, headers = {}, body, signal } = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
      const response = await fetch(address + path, {
        method,
        headers: {
          ...(own !== null && { 'X-API-Key': own }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        redirect: 'manual',
        ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
        ...(signal && { signal }),
      })
      const text = await response.text()
      const isJson = text !== '' && response.headers.get('content-type')?.includes('json')
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
    },
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

/** The server's plugin, with a note of every prefix that somebody mounts at or takes over. */
function noting(spec: PluginEntry['spec'], mounts: string[]): PluginEntry['spec'] {
  return {
    ...spec,
    setup: (ctx) =>
      spec.setup({
        ...ctx,
        provide(token, value) {
          if (token.id !== Http.id) return ctx.provide(token, value)
          const http = value as Http
          const mount: Http['mount'] = (prefix, handler, options) => {
            mounts.push(prefix)
            return http.mount(prefix, handler, options)
          }
          const takeOver: Http['takeOver'] = (prefix, handler) => {
            mounts.push(prefix)
            return http.takeOver(prefix, handler)
          }
          const noted = { mount: { value: mount }, takeOver: { value: takeOver }, address: { get: () => http.address } }
          ctx.provide(token, Object.create(http, noted) as typeof value)
        },
      }),
  }
}

/**
 * A plugin with other handlers for its commands. No event waits for one of them to succeed: a disclosure only narrows who is sent
 * an event, by a command with the permission of that event, and has tests of its own.
 */
function substituting(spec: PluginEntry['spec'], substitute: Substitute): PluginEntry['spec'] {
  return {
    ...spec,
    contributes: (spec.contributes ?? []).filter(({ kind }) => kind !== 'disclosure'),
    setup: (ctx) =>
      spec.setup({
        ...ctx,
        handle: (command, handler) =>
          ctx.handle(
            command,
            (input, call) => substitute(command, input, call, () => handler(input, call)) as ReturnType<typeof handler>,
          ),
      }),
  }
}

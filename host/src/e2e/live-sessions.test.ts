import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKey, Stack } from './fixtures/stack.ts'

const password = 'four words in a row'
const quick = new URL('./fixtures/quick-sign-in.config.ts', import.meta.url).pathname

let stack: Stack
const opened: Socket[] = []

beforeAll(async () => {
  stack = await Stack.create()
  // The heartbeat would find out as well, but not while anybody waits here: what is cut is cut by what happened.
  await stack.startHost({ env: { WS_PING_INTERVAL: '600000' }, config: quick })
  // The one that stays, whatever happens to others.
  await asAdmin('POST', '/users', { name: 'root', password, role: 'admin' })
})
afterAll(async () => {
  for (const it of opened) it.close()
  await stack[Symbol.asyncDispose]()
})

interface Session {
  /** What the cookie holds, and what a program sends as `auth.token`. */
  readonly token: string
  /** As a browser sends it. */
  readonly cookie: string
}

interface Person extends Session {
  readonly id: string
  readonly name: string
}

interface Envelope {
  readonly data: { readonly feature: string }
}

async function signIn(name: string): Promise<Session> {
  const response = await fetch(`${stack.address}/api/v2/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stack.address },
    body: JSON.stringify({ name, password }),
  })
  expect(response.status).toBe(200)
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
  return { token: cookie.slice(cookie.indexOf('=') + 1), cookie }
}

let count = 0

async function person(role: 'admin' | 'user' = 'user'): Promise<Person> {
  const name = `person-${++count}`
  const { id } = await asAdmin('POST', '/users', { name, password, role })
  return { id, name, ...(await signIn(name)) }
}

async function asAdmin(method: string, path: string, body?: unknown) {
  const answer = await stack.request(method, `/api/v2${path}`, body)
  expect(answer.status, answer.text).toBeLessThan(300)
  return answer.body
}

/** Asks as a page of this host does for whoever is signed in. */
function asPage({ cookie }: Person, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${stack.address}/api/v2${path}`, {
    method,
    headers: { cookie, origin: stack.address, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

type By = 'token' | 'cookie'

interface Way {
  readonly token?: string
  readonly cookie?: string
  readonly origin?: string
  readonly instance?: string
  readonly transport?: 'websocket' | 'polling'
}

function socketTo(path: string, { token, cookie, origin, instance, transport = 'websocket' }: Way): Socket {
  const socket = io(`${stack.address}${path}`, {
    ...{ transports: [transport], forceNew: true, reconnection: false },
    auth: { ...(token !== undefined && { token }), ...(instance !== undefined && { instance }) },
    extraHeaders: { ...(cookie !== undefined && { cookie }), ...(origin !== undefined && { origin }) },
  })
  opened.push(socket)
  return socket
}

const wayOf = ({ token, cookie }: Person, by: By): Way =>
  by === 'token' ? { token } : { cookie, origin: stack.address }

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => socket.once('connect', () => resolve(socket)).once('connect_error', reject))
}

/** Resolves with the error of a client that is not let in. */
function refused(socket: Socket): Promise<Error> {
  return new Promise((resolve, reject) =>
    socket.once('connect_error', resolve).once('connect', () => reject(new Error('the client was let in'))),
  )
}

function cut(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.once('disconnect', resolve))
}

/** What ends a session, from far or near. */
const endings: readonly [string, (who: Person) => Promise<unknown>][] = [
  ['signs out', (who) => asPage(who, 'POST', '/auth/logout')],
  ['signs in anew', (who) => asPage(who, 'POST', '/auth/login', { name: who.name, password })],
  ['is signed out by an administrator', ({ id }) => asAdmin('POST', `/users/${id}/sign-out`)],
  ['is disabled', ({ id }) => asAdmin('PATCH', `/users/${id}`, { disabled: true })],
  ['is deleted', ({ id }) => asAdmin('DELETE', `/users/${id}`)],
  ['gets another password', ({ id }) => asAdmin('POST', `/users/${id}/password`, { password: `${password} more` })],
]

describe('E3: the live connections of a session', () => {
  describe.each(['token', 'cookie'] as const)('that came in by its %s', (by) => {
    it.each(endings)('end when its user %s', async (_, end) => {
      const who = await person()
      const bystander = await connected(socketTo('/events', wayOf(await person(), by)))
      const sockets = await Promise.all([
        connected(socketTo('/events', wayOf(who, by))),
        connected(socketTo('/status', { ...wayOf(who, by), transport: 'polling' })),
      ])
      const gone = Promise.all(sockets.map(cut))
      await end(who)
      await gone
      expect((await refused(socketTo('/events', wayOf(who, by)))).message).toBe('unauthenticated')
      expect(bystander.connected).toBe(true)
    })
  })

  it('stay when it is another session of the user that ends', async () => {
    const who = await person()
    const socket = await connected(socketTo('/events', wayOf(who, 'cookie')))
    const another = await signIn(who.name)
    const other = await connected(socketTo('/events', { token: another.token }))
    const gone = cut(other)
    expect((await asPage(who, 'POST', '/profile/sessions/end-others')).status).toBe(200)
    await gone
    await socket.emitWithAck('ping')
  })

  it('see and may do less from the moment on at which the role does', async () => {
    const demoted = await person('admin')
    const asker = await person()
    const [theirs, admins] = await Promise.all([
      connected(socketTo('/events', { ...wayOf(demoted, 'cookie'), instance: 'host' })),
      connected(socketTo('/events', { token: apiKey, instance: 'host' })),
    ])
    const heard = { theirs: [] as string[], admins: [] as string[] }
    const note = (whose: keyof typeof heard) => (it: Envelope) => heard[whose].push(it.data.feature)
    theirs.on('event', note('theirs'))
    admins.on('event', note('admins'))
    const types = ['access.requested']
    expect(await theirs.emitWithAck('subscribe', { types })).toEqual({})
    expect(await admins.emitWithAck('subscribe', { types })).toEqual({})
    /** Something that administrators alone are told of. */
    const request = async (feature: string) => {
      const told = new Promise((resolve) => admins.once('event', resolve))
      expect((await asPage(asker, 'POST', '/access/request', { feature })).status).toBe(200)
      await told
      await theirs.emitWithAck('ping')
    }
    await request('campaigns')
    await asAdmin('PATCH', `/users/${demoted.id}`, { role: 'user' })
    await request('reports')
    expect(heard).toEqual({ theirs: ['campaigns'], admins: ['campaigns', 'reports'] })
    const { problem } = await theirs.emitWithAck('execute', { command: 'users.list' })
    expect(problem).toMatchObject({ status: 403, code: 'forbidden' })
    expect((await theirs.emitWithAck('subscribe', { types })).problem).toMatchObject({ code: 'forbidden' })
  })
})

describe('D10: the live connections of a key', () => {
  const permissions = ['events:read']

  it('end when it is revoked', async () => {
    const { id, key } = await asAdmin('POST', '/keys', { permissions })
    const socket = await connected(socketTo('/events', { token: key }))
    const gone = cut(socket)
    await asAdmin('DELETE', `/keys/${id}`)
    await gone
    expect((await refused(socketTo('/events', { token: key }))).message).toBe('unauthenticated')
  })

  it('end when its time is over', async () => {
    /** Where the time was over before the client was in, it gets more of it. */
    const brief = async (ms: number): Promise<{ key: string; gone: Promise<string> }> => {
      try {
        const { key } = await asAdmin('POST', '/keys', { permissions, expiresAt: Date.now() + ms })
        const socket = socketTo('/events', { token: key })
        const gone = cut(socket)
        await connected(socket)
        return { key, gone }
      } catch (error) {
        if (ms > 20_000) throw error
        return brief(ms * 2)
      }
    }
    const { key, gone } = await brief(500)
    await gone
    expect((await refused(socketTo('/events', { token: key }))).message).toBe('unauthenticated')
  })
})

describe('D10: the live connections to what a code has opened', () => {
  it('end when the code is revoked, and others of the same person stay', async () => {
    const who = await person()
    const way = wayOf(who, 'cookie')
    expect((await refused(socketTo('/campaigns', way))).message).toBe('feature_locked')
    const { id, code } = await asAdmin('POST', '/access/codes', { features: ['campaigns'] })
    expect((await asPage(who, 'POST', '/access/verify', { feature: 'campaigns', code })).status).toBe(200)
    const campaigns = await connected(socketTo('/campaigns', way))
    const status = await connected(socketTo('/status', way))
    const gone = cut(campaigns)
    await asAdmin('DELETE', `/access/codes/${id}`)
    await gone
    await status.emitWithAck('ping')
    expect((await refused(socketTo('/campaigns', way))).message).toBe('feature_locked')
  })
})

describe('E2: a page of another site', () => {
  it.each(['websocket', 'polling'] as const)('is refused over %s, whatever cookie goes along', async (transport) => {
    const { cookie } = await person()
    const { port } = new URL(stack.address)
    const foreign = [
      'https://evil.example',
      'null',
      `http://127.0.0.1.evil.example:${port}`,
      `http://localhost:${port}`,
      'http://127.0.0.1:1',
    ]
    for (const origin of foreign) {
      const error = await refused(socketTo('/events', { cookie, origin, transport }))
      expect(error.message, origin).toMatch(/^(websocket|xhr poll) error$/)
    }
    await connected(socketTo('/events', { cookie, origin: stack.address, transport }))
  })
})

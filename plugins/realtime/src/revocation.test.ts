import { CredentialRevoked, PermissionsChanged } from '@waqtor/contracts'
import { type Awaitable, type Denial, definePlugin, systemPrincipal, WaqtorError, z } from '@waqtor/kernel'
import { createKey, revokeKey } from '@waqtor/plugin-auth/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually } from './fixtures/eventually.ts'
import { HOUR, MovableClock } from './fixtures/movable-clock.ts'
import { startRealtime } from './fixtures/start-realtime.ts'
import { Happened, record, Secret, Stopped } from './fixtures/things.ts'

afterEach(() => void vi.useRealTimers())

/** A plugin that narrows what others may, as features that have to be unlocked do. */
function guard() {
  const made = {
    denies: (_id: string): Awaitable<Denial | undefined> => undefined,
    tell: (_principalId: string | null): void => {},
    revoke: (_principalId: string, _credential?: string): void => {},
    entry: definePlugin({
      name: 'guard',
      config: z.object({}),
      setup(ctx) {
        ctx.tap(ctx.kernel.hooks.authorize, ({ id }) => made.denies(id))
        made.tell = (principalId) => ctx.emit(PermissionsChanged, { principalId })
        made.revoke = (principalId, credential) =>
          ctx.emit(CredentialRevoked, { principalId, ...(credential && { credential }) })
      },
    }),
  }
  return made
}

const locked = (id: string): Denial => ({ status: 403, code: 'feature_locked', reason: `'${id}' is locked` })

describe('E3: revocation', () => {
  it('cuts 200 live sockets at once, whatever they opened and however they came, and no others', async () => {
    await using it = await startRealtime()
    const { key, id } = await it.key(['*'])
    const paths = ['/things', '/own', '/events']
    const cut = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        it.open(paths[i % 3]!, { token: key, transports: [i % 4 === 0 ? 'polling' : 'websocket'], reconnection: true }),
      ),
    )
    const kept = await it.open('/things')
    const ended = Promise.all(cut.map((client) => client.disconnected()))
    await it.test.run(revokeKey, { id }, { principal: systemPrincipal })
    // Before the command has answered: whoever revokes a key may rely on it.
    expect((await it.stats()).total).toBe(1)
    expect(new Set(await ended)).toEqual(new Set(['io server disconnect']))
    const heard = cut.map((client) => client.heard.length)
    it.things.emit(Stopped, { id: 'secret' })
    await kept.data('stopped')
    expect(cut.map((client) => client.heard.length)).toEqual(heard)
    expect(await it.stats()).toMatchObject({ total: 1, revoked: 200 })
    await eventually(async () => (await it.stats()).connections).toBe(1)
  })

  it('leaves no way back: nothing of a connection is kept', async () => {
    await using it = await startRealtime()
    const { key, id } = await it.key(['*'])
    const client = await it.open('/things', { token: key })
    expect(client.socket.recovered).not.toBe(true)
    const pid = (client.socket as unknown as { _pid?: string })._pid
    expect(pid).toBeUndefined()
    await it.test.run(revokeKey, { id }, { principal: systemPrincipal })
    await client.disconnected()
    expect(await it.refused('/things', { token: key, auth: { pid: 'x', offset: 'y' } })).toMatchObject({
      message: 'unauthenticated',
    })
  })

  it('may be of one credential of somebody', async () => {
    const made = guard()
    await using it = await startRealtime({ more: [made.entry()] })
    const { key, id } = await it.key(['things:read'])
    const client = await it.open('/things', { token: key })
    made.revoke(id, 'ses_other')
    made.revoke('somebody else')
    await client.settled()
    made.revoke(id)
    expect(await client.disconnected()).toBe('io server disconnect')
  })

  it('catches a client that is on its way in', async () => {
    const made = guard()
    await using it = await startRealtime({ more: [made.entry()] })
    const { key, id } = await it.key(['things:read'])
    let revoked = false
    made.denies = async (subject) => {
      if (subject !== Stopped.id || revoked) return undefined
      revoked = true
      await it.test.run(revokeKey, { id }, { principal: systemPrincipal })
      return undefined
    }
    expect(await it.refused('/things', { token: key })).toMatchObject({ message: 'unauthenticated' })
    expect((await it.stats()).total).toBe(0)
  })

  it('ends a connection whose client does not read', async () => {
    await using it = await startRealtime()
    const { key, id } = await it.key(['*'])
    const client = await it.open('/things', { token: key })
    // The client's own end of the connection reads nothing from here on.
    const engine = client.socket.io.engine.transport as unknown as { ws: { _socket: { pause(): void } } }
    engine.ws._socket.pause()
    await it.test.run(revokeKey, { id }, { principal: systemPrincipal })
    expect(await it.stats()).toMatchObject({ total: 0, revoked: 1 })
    await eventually(async () => (await it.stats()).connections).toBe(0)
  })

  it('is found out by the heartbeat, where a credential came to its end', async () => {
    const clock = new MovableClock()
    await using it = await startRealtime({ config: { pingIntervalMs: 20 } })
    const { key } = await it.test.run(createKey, { permissions: ['*'], expiresAt: Date.now() + HOUR })
    const client = await it.open('/things', { token: key })
    // The timer that would tell of it runs on for an hour.
    clock.advance(HOUR)
    expect(await client.disconnected()).toBe('io server disconnect')
  })

  it('is found out by the heartbeat, where an account was removed', async () => {
    await using it = await startRealtime({ config: { pingIntervalMs: 20 } })
    const client = await it.open('/things', { instance: 'shop' })
    it.instances.delete('shop')
    expect(await client.disconnected()).toBe('io server disconnect')
  })
})

describe('when what somebody may do changes', () => {
  it('they hear less, or more, and keep their channel as long as anything of it is open', async () => {
    const made = guard()
    await using it = await startRealtime({ more: [made.entry()] })
    const { key, id } = await it.key(['things:read', 'things:pair'])
    const client = await it.open('/things', { token: key })
    const secrets = async () => {
      it.things.emit(Secret, { code: 'new' })
      await client.settled()
      return client.heard.filter(({ name, data }) => name === 'secret' && data.code === 'new').length
    }
    expect(await secrets()).toBe(1)
    made.denies = (subject) => (subject === Secret.id ? locked(subject) : undefined)
    made.tell(id)
    let last = 0
    await eventually(async () => {
      const more = (await secrets()) - last
      last += more
      return more
    }).toBe(0)
    const before = await secrets()
    made.denies = () => undefined
    made.tell('somebody else')
    expect(await secrets()).toBe(before)
    made.tell(null)
    await eventually(secrets).toBeGreaterThan(before)
    made.denies = locked
    made.tell(id)
    expect(await client.disconnected()).toBe('io server disconnect')
    expect(await it.refused('/things', { token: key })).toMatchObject({ message: 'feature_locked' })
  })

  it('and a look at it outlasts a heartbeat, it counts all the same', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const beat = () => void vi.advanceTimersByTime(1_000)
    const made = guard()
    await using it = await startRealtime({ config: { pingIntervalMs: 1_000 }, more: [made.entry()] })
    // Whoever is there when the channels are looked at for the first time is asked about for that as well.
    const first = await it.open('/things')
    beat()
    first.close()
    await eventually(async () => (await it.stats()).total).toBe(0)

    const client = await it.open('/things')
    const looks: (() => void)[] = []
    made.denies = async (subject) => {
      if (subject !== Secret.id) return undefined
      await new Promise<void>((resolve) => looks.push(resolve))
      return locked(subject)
    }
    beat()
    await eventually(() => looks.length).toBe(1)
    beat()
    await client.settled()
    looks[0]!()
    // The next one shows that this one is over.
    await eventually(() => {
      beat()
      return looks.length
    }).toBeGreaterThan(1)
    it.things.emit(Secret, { code: 'new' })
    await client.settled()
    expect(client.heard.filter(({ name, data }) => name === 'secret' && data.code === 'new')).toEqual([])
    for (const answer of looks) answer()
  })

  it('a subscription asks anew, too', async () => {
    const made = guard()
    await using it = await startRealtime({ more: [made.entry()] })
    const client = await it.open('/events')
    await client.ask('subscribe', { types: [Happened.id] })
    await record(it, Happened, 1)
    await client.data('event')
    made.denies = (subject) => (subject === Happened.id ? locked(subject) : undefined)
    made.tell(null)
    await client.settled()
    await eventually(async () => {
      const heard = client.heard.length
      await record(it, Happened, 2)
      await client.settled()
      return client.heard.length - heard
    }).toBe(1)
  })

  it('and nobody can tell just now, the client comes back by itself', async () => {
    const made = guard()
    await using it = await startRealtime({ more: [made.entry()] })
    const client = await it.open('/things', { reconnection: true })
    await client.data('count')
    made.denies = () => ({ status: 503, code: 'reloading', reason: 'is being restarted' })
    const cut = client.disconnected()
    made.tell(null)
    expect(await cut).toMatch(/transport/)
    // socket.io does not come back after a refusal, so a client that wants to does it by itself.
    client.socket.on('connect_error', () => setTimeout(() => client.socket.connect(), 10))
    made.denies = () => undefined
    await client.data('count', 2)
  })
})

describe('a channel whose plugin goes away', () => {
  it('while a client is being told how things stand, has the client come back for it', async () => {
    await using it = await startRealtime()
    it.things.reading = () => {
      it.things.reading = () => {}
      throw new WaqtorError('WAQ_RELOADING', 'the command is being reloaded', { retryAfter: 1 })
    }
    const client = await it.open('/things', { reconnection: true })
    expect(await client.disconnected()).toMatch(/transport/)
    expect(await client.data('count')).toEqual([{ count: 1 }])
  })

  it('is closed after a while, and not while its plugin is only restarted', async () => {
    const clock = new MovableClock()
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    /** The channels are looked at once a second. */
    const look = () => void vi.advanceTimersByTime(1_000)
    await using it = await startRealtime()
    const without = it.entries.filter(({ spec }) => spec.name !== 'things')
    const client = await it.open('/things')
    await client.data('count')
    await it.test.kernel.reload(without)
    expect(await it.refused('/things')).toMatchObject({ message: 'route_unknown' })
    look()
    clock.advance(4_000)
    look()
    await it.test.kernel.reload(it.entries)
    look()
    it.things.emit(Stopped, { id: 'again' })
    await client.data('stopped')
    await it.test.kernel.reload(without)
    look()
    clock.advance(5_000)
    const gone = client.disconnected()
    look()
    expect(await gone).toBe('io server disconnect')
  })

  it('and another that comes are found out about: clients see more, or less', async () => {
    await using it = await startRealtime()
    const client = await it.open('/things')
    expect(await it.refused('/counts')).toMatchObject({ message: 'Invalid namespace' })
    await it.test.kernel.reload([...it.entries, it.things.counts()])
    await (await it.open('/counts')).settled()
    await eventually(async () => {
      await record(it, Happened, 1)
      await client.settled()
      return client.names()
    }).toContain('counted')
  })
})

import type { TransportFact } from '@waqtor/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idle, type Limits, type SessionEffect, type SessionInput, type SessionState, step } from './machine.ts'

const limits: Limits = {
  connectMs: 60_000,
  pairMs: 600_000,
  readyMs: 180_000,
  pingEveryMs: 30_000,
  pingMisses: 2,
  stableMs: 60_000,
}
const info = { platform: 'test', phoneNumber: '201001234567', name: 'Mona' }
const ready: TransportFact = { type: 'ready', info, pairing: 'p1' }

/** Feeds inputs one after another; facts and the like belong to the newest connection unless they say otherwise. */
function run(...inputs: (SessionInput | TransportFact)[]): { state: SessionState; effects: readonly SessionEffect[] } {
  let state = idle()
  let effects: readonly SessionEffect[] = []
  for (const input of inputs) [state, effects] = step(state, asInput(input, state), limits)
  return { state, effects }
}

const own = new Set([
  'start',
  'stop',
  'restart',
  'logout',
  'kick',
  'timer',
  'fact',
  'failed',
  'closed',
  'answered',
  'unanswered',
])
function asInput(input: SessionInput | TransportFact, { generation }: SessionState): SessionInput {
  return own.has(input.type) ? (input as SessionInput) : { type: 'fact', generation, fact: input as TransportFact }
}
const closed = (generation: number): SessionInput => ({ type: 'closed', generation })
const timer = (name: 'step' | 'retry' | 'ping' | 'stable'): SessionInput => ({ type: 'timer', timer: name })
const start: SessionInput = { type: 'start' }
const stop: SessionInput = { type: 'stop' }
const types = (effects: readonly SessionEffect[]) => effects.map((it) => it.type)

describe('on its way to ready', () => {
  it('goes from a start over a QR code and a login', () => {
    expect(run(start)).toMatchObject({
      state: { status: 'connecting', generation: 1 },
      effects: [{ type: 'disarm' }, { type: 'open', generation: 1 }, { type: 'arm', timer: 'step', ms: 60_000 }],
    })
    expect(run(start, { type: 'qr', qr: 'A' })).toMatchObject({
      state: { status: 'qr', qr: 'A' },
      effects: [
        { type: 'qr', qr: 'A' },
        { type: 'arm', timer: 'step', ms: 600_000 },
      ],
    })
    expect(run(start, { type: 'pairing-code', code: 'ABCD-1234' })).toMatchObject({
      state: { status: 'qr', pairingCode: 'ABCD-1234' },
      effects: [{ type: 'pairing-code', code: 'ABCD-1234' }, { type: 'arm' }],
    })
    expect(run(start, { type: 'qr', qr: 'A' }, { type: 'authenticated' })).toMatchObject({
      state: { status: 'authenticated', qr: null },
      effects: [{ type: 'arm', timer: 'step', ms: 180_000 }],
    })
    expect(run(start, { type: 'authenticated' }, ready)).toMatchObject({
      state: { status: 'ready', info, pairing: 'p1' },
      effects: [
        { type: 'disarm', timer: 'step' },
        { type: 'ready', pairing: 'p1' },
        { type: 'arm', timer: 'ping' },
        { type: 'arm', timer: 'stable' },
      ],
    })
  })

  it('gets ready in one step where the pairing stands', () => {
    expect(run(start, ready).state.status).toBe('ready')
  })

  it('falls back to a QR code when the login came to nothing', () => {
    expect(run(start, { type: 'authenticated' }, { type: 'qr', qr: 'B' }).state.status).toBe('qr')
  })

  it('gives a synchronisation that goes on its time anew', () => {
    expect(run(start, { type: 'authenticated' }, { type: 'authenticated' })).toMatchObject({
      state: { status: 'authenticated' },
      effects: [{ type: 'arm', timer: 'step', ms: 180_000 }],
    })
  })

  it('takes no notice of what is no news', () => {
    for (const fact of [{ type: 'qr', qr: 'B' }, { type: 'authenticated' }, ready] satisfies TransportFact[]) {
      expect(run(start, ready, fact)).toMatchObject({ state: { status: 'ready' }, effects: [] })
    }
    expect(run(start, start)).toMatchObject({ state: { generation: 1 }, effects: [] })
  })

  it('tries again when a step takes too long', () => {
    for (const facts of [[], [{ type: 'authenticated' }]] satisfies TransportFact[][]) {
      const late = run(start, ...facts, timer('step'))
      expect(late.state).toMatchObject({ status: 'disconnected', connection: 'closing', failures: 1 })
      expect(late.state.reason).toMatch(/within (60|180) s/)
      expect(types(late.effects)).toEqual(['disarm', 'disarm', 'disarm', 'close'])
      expect(run(start, ...facts, timer('step'), closed(1)).effects).toEqual([{ type: 'retry', failures: 1 }])
    }
  })

  it('makes a fresh QR code at once when nobody scanned the old one', () => {
    expect(run(start, { type: 'qr', qr: 'A' }, timer('step'), closed(1))).toMatchObject({
      state: { status: 'connecting', generation: 2, failures: 0 },
    })
  })
})

describe('a lost connection', () => {
  const broken: TransportFact = { type: 'disconnected', reason: 'network' }

  it('is told at once, closed, and opened again after a pause', () => {
    expect(run(start, ready, broken)).toMatchObject({
      state: { status: 'disconnected', reason: 'network', connection: 'closing' },
      effects: [{ type: 'lost', reason: 'network', permanent: false }, {}, {}, {}, { type: 'close', how: 'stop' }],
    })
    expect(run(start, ready, broken, timer('retry')).effects).toEqual([])
    expect(run(start, ready, broken, closed(1), timer('retry'))).toMatchObject({
      state: { status: 'connecting', generation: 2 },
    })
  })

  it('makes the pauses longer until a connection has held for a while', () => {
    const twice = [start, ready, broken, closed(1), timer('retry'), ready, broken] as const
    expect(run(...twice, closed(2)).effects).toEqual([{ type: 'retry', failures: 2 }])
    const held = [start, ready, broken, closed(1), timer('retry'), ready, timer('stable'), broken] as const
    expect(run(...held, closed(2)).effects).toEqual([{ type: 'retry', failures: 1 }])
  })

  it('is noticed by probes that are not answered, more than a few in a row', () => {
    const unanswered: SessionInput = { type: 'unanswered', generation: 1 }
    const answered: SessionInput = { type: 'answered', generation: 1 }
    expect(run(start, ready, timer('ping')).effects).toEqual([{ type: 'probe', generation: 1 }])
    expect(run(start, ready, unanswered, unanswered)).toMatchObject({
      state: { status: 'ready', misses: 2 },
      effects: [{ type: 'arm', timer: 'ping' }],
    })
    expect(run(start, ready, unanswered, unanswered, answered, unanswered).state).toMatchObject({ misses: 1 })
    expect(run(start, ready, unanswered, unanswered, unanswered).state).toMatchObject({
      status: 'disconnected',
      next: 'retry',
    })
  })

  it('waits no longer when told that trying makes sense now', () => {
    const waiting = [start, ready, broken, closed(1)] as const
    expect(run(...waiting, { type: 'kick' }).state).toMatchObject({ status: 'connecting', failures: 0 })
    expect(run(...waiting, start).state.status).toBe('connecting')
    expect(run({ type: 'kick' }).state.status).toBe('stopped')
  })

  it('still hands on what it received while it is closed, and nothing after that', () => {
    const who = { messageId: 'm1', chatId: 'c', from: 'f', timestamp: 1 }
    const facts: TransportFact[] = [
      { type: 'ack', messageId: 'm1', ack: 2 },
      { type: 'reaction', ...who, emoji: '👍' },
      { type: 'edited', ...who, body: 'better' },
      { type: 'deleted', ...who },
      { type: 'poll-vote', ...who, options: ['Today'] },
    ]
    for (const fact of facts) {
      expect(run(start, ready, broken, fact).effects).toEqual([{ type: 'deliver', fact }])
      expect(run(start, ready, broken, closed(1), fact).effects).toEqual([])
    }
  })
})

describe('an end for good', () => {
  const ends: [TransportFact, string][] = [
    [{ type: 'disconnected', reason: 'unlinked on the phone', loggedOut: true }, 'disconnected'],
    [{ type: 'restricted', reason: 'too many' }, 'disconnected'],
    [{ type: 'auth-failure', reason: 'refused' }, 'auth_failure'],
  ]

  it.each(ends)('comes from %o: nobody tries again before a person starts it', (fact, status) => {
    const ended = run(start, ready, fact)
    expect(ended.state).toMatchObject({ status, next: 'rest' })
    expect(ended.effects[0]).toMatchObject({ type: 'lost', permanent: true })
    expect(types(ended.effects).includes('restricted')).toBe(fact.type === 'restricted')
    for (const idleInput of [timer('retry'), timer('step'), { type: 'kick' }] satisfies SessionInput[])
      expect(run(start, ready, fact, closed(1), idleInput)).toMatchObject({ state: { status }, effects: [] })
    expect(run(start, ready, fact, closed(1), start).state.status).toBe('connecting')
  })

  it.each(ends)('is told even where the session was not ready: %o', (fact) => {
    expect(run(start, fact).effects[0]).toMatchObject({ type: 'lost', permanent: true })
  })

  it.each(ends)('counts, too, when it shows only while the broken connection is closed: %o', (fact, status) => {
    const late = run(start, ready, { type: 'disconnected', reason: 'network' }, fact)
    expect(late.state).toMatchObject({ status, next: 'rest' })
    expect(late.effects[0]).toMatchObject({ type: 'lost', permanent: true })
    expect(run(start, ready, stop, fact)).toMatchObject({ state: { status: 'stopped' }, effects: [] })
  })
})

describe('a person', () => {
  it('stops it from anywhere', () => {
    expect(run(start, ready, stop)).toMatchObject({
      state: { status: 'stopped', connection: 'closing', next: 'rest' },
      effects: [{ type: 'lost', permanent: false }, {}, {}, {}, { type: 'close', how: 'stop' }],
    })
    expect(run(start, stop).effects.at(-1)).toMatchObject({ type: 'close' })
    const waiting = run(start, { type: 'failed', generation: 1, reason: 'x' }, closed(1), stop)
    expect(waiting).toMatchObject({ state: { status: 'stopped' }, effects: [{ type: 'disarm', timer: 'retry' }] })
    expect(run(stop)).toMatchObject({ state: { status: 'stopped' }, effects: [] })
  })

  it('starts it again while it is still stopping: once the old connection has let go', () => {
    expect(run(start, stop, start)).toMatchObject({ state: { status: 'stopped', next: 'open' }, effects: [] })
    expect(run(start, stop, start, closed(1)).state).toMatchObject({ status: 'connecting', generation: 2 })
  })

  it('restarts it from anywhere', () => {
    const restart: SessionInput = { type: 'restart' }
    expect(run(restart).state.status).toBe('connecting')
    expect(run(start, ready, restart).effects[0]).toMatchObject({ type: 'lost', permanent: false })
    expect(run(start, ready, restart, closed(1)).state).toMatchObject({ status: 'connecting', generation: 2 })
    expect(run(start, stop, restart, closed(1)).state.status).toBe('connecting')
  })

  it('logs it out, and what waits to be sent knows that it will not be', () => {
    expect(run(start, ready, { type: 'logout' })).toMatchObject({
      state: { status: 'stopped', info: null, reason: 'logged out' },
      effects: [{ type: 'lost', permanent: true }, {}, {}, {}, { type: 'close', how: 'logout' }],
    })
  })
})

it('is another session when the account was paired anew', () => {
  expect(types(run(start, ready, { ...ready, pairing: 'p2' }).effects).slice(0, 3)).toEqual(['lost', 'disarm', 'ready'])
  expect(run(start, ready, { ...ready, info: { ...info, name: 'Nour' } })).toMatchObject({
    state: { info: { name: 'Nour' } },
    effects: [],
  })
})

describe('whatever happens', () => {
  const kinds = fc.constantFrom<TransportFact>(
    { type: 'qr', qr: 'A' },
    { type: 'pairing-code', code: 'C' },
    { type: 'authenticated' },
    ready,
    { ...ready, pairing: 'p2' },
    { type: 'disconnected', reason: 'network' },
    { type: 'disconnected', reason: 'gone', loggedOut: true },
    { type: 'auth-failure', reason: 'refused' },
    { type: 'restricted', reason: 'too many' },
    { type: 'ack', messageId: 'm', ack: 1 },
  )
  /** 0 is the newest connection, 1 the one before. */
  const age = fc.constantFrom(0, 0, 0, 0, 1)
  const inputs = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('fact' as const), fact: kinds, age }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('start', 'stop', 'restart', 'logout', 'kick') }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('timer'),
        timer: fc.constantFrom('step', 'retry', 'ping', 'ping', 'ping', 'stable'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constantFrom('closed', 'closed', 'answered', 'unanswered', 'unanswered'), age }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('failed'), reason: fc.constant('x'), age }) },
  )

  /** What the world outside the machine knows, told by its effects alone. */
  class World {
    open: number | null = null
    closing = false
    ready = false
    timers = new Set<string>()
    asked = false

    apply(effect: SessionEffect): void {
      switch (effect.type) {
        case 'open':
          expect(this.open).toBeNull()
          this.open = effect.generation
          this.closing = false
          break
        case 'close':
          expect(this.open).toBe(effect.generation)
          expect(this.closing).toBe(false)
          this.closing = true
          break
        case 'ready':
          expect(this.ready).toBe(false)
          this.ready = true
          break
        case 'lost':
          expect(this.ready || effect.permanent).toBe(true)
          this.ready = false
          if (effect.permanent) this.asked = false
          break
        case 'arm':
          this.timers.add(effect.timer)
          break
        case 'retry':
          this.timers.add('retry')
          break
        case 'disarm':
          this.timers.delete(effect.timer)
          break
        case 'probe':
          expect(this.ready).toBe(true)
          this.timers.add('probe')
          break
      }
    }
  }

  it('opens one connection at a time, hears no old one, never gets stuck, and rests when it is told to', () => {
    fc.assert(
      fc.property(fc.array(inputs, { maxLength: 80, size: 'max' }), (list) => {
        let state = idle()
        const world = new World()
        for (const raw of list) {
          const { age: back = 0, ...rest } = raw as { age?: number; type: string }
          const generation = state.generation - back
          const input = { ...rest, generation } as SessionInput
          if (input.type === 'closed' && back === 0 && !world.closing) continue
          if (input.type === 'timer') {
            if (!world.timers.has(input.timer)) continue
            world.timers.delete(input.timer)
          }
          if (input.type === 'answered' || input.type === 'unanswered') {
            if (back === 0 && !world.timers.delete('probe')) continue
          }
          if (input.type === 'start' || input.type === 'restart') world.asked = true
          if (input.type === 'stop' || input.type === 'logout') world.asked = false
          if (input.type === 'closed' && back === 0) world.open = null

          const [next, effects] = step(state, input, limits)
          if (
            back === 1 &&
            'generation' in input &&
            ['fact', 'closed', 'answered', 'unanswered', 'failed'].includes(input.type)
          ) {
            expect([next, effects]).toEqual([state, []])
          }
          for (const effect of effects) world.apply(effect)
          state = next

          expect(state.connection === 'none').toBe(world.open === null)
          expect(state.connection === 'closing').toBe(world.open !== null && world.closing)
          expect(state.status === 'ready').toBe(world.ready)
          expect(state.pairing !== null).toBe(world.ready)
          expect(state.qr === null || state.status === 'qr').toBe(true)
          // Something always brings it on: a limit, a probe, the end of the closing, or the next try.
          if (state.connection === 'live')
            expect(world.timers.has('step') || world.timers.has('ping') || world.timers.has('probe')).toBe(true)
          if (state.connection === 'none') expect(world.timers.has('retry')).toBe(state.next === 'retry')
          // And it rests if, and only if, nobody wants it to run.
          expect(state.next !== 'rest').toBe(world.asked)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

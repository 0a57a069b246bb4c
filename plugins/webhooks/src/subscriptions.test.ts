import type { Envelope } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { bodyOf, eventOf, isLive, nameFor } from './subscriptions.ts'

const time = '2026-11-29T12:00:00.000Z'
const at = Date.parse(time)
const event = (type: string, data: unknown = {}): Envelope => ({
  id: 'evt_1',
  type,
  instance: 'shop',
  time,
  sequence: 7,
  data,
})
const since = (names: readonly string[], when = 0) => names.map((name) => ({ name, since: when }))

describe('nameFor', () => {
  it('finds an event under its own name before a short one', () => {
    const both = since(['message_received', 'message.received'])
    expect(nameFor(both, event('message.received'), at)).toBe('message.received')
    expect(nameFor(both.slice(0, 1), event('message.received'), at)).toBe('message_received')
    expect(nameFor(both, event('message.sent'), at)).toBeUndefined()
  })

  it('tells connected from disconnected by the status', () => {
    const names = since(['client_connected', 'client_disconnected'])
    const told = (status: string) => nameFor(names, event('session.status', { status }), at)
    expect(['ready', 'disconnected', 'auth_failure', 'stopped', 'qr', 'connecting'].map(told)).toEqual([
      'client_connected',
      'client_disconnected',
      'client_disconnected',
      'client_disconnected',
      undefined,
      undefined,
    ])
  })

  it('leaves out what was before, unless the clock was set back since', () => {
    expect(nameFor(since(['a.b'], at), event('a.b'), at + 5)).toBe('a.b')
    expect(nameFor(since(['a.b'], at + 1), event('a.b'), at + 5)).toBeUndefined()
    expect(nameFor(since(['a.b'], at + 1_000), event('a.b'), at + 5)).toBe('a.b')
  })
})

describe('bodyOf', () => {
  it('is the event as the log has it', () => {
    expect(JSON.parse(bodyOf('message.received', event('message.received', { body: 'hi' })))).toEqual({
      id: 'evt_1',
      type: 'message.received',
      instance: 'shop',
      time,
      sequence: 7,
      data: { body: 'hi' },
    })
  })

  it('is short under a short name', () => {
    expect(JSON.parse(bodyOf('message_received', event('message.received', { body: 'hi' })))).toEqual({
      event: 'message_received',
      instance: 'shop',
      data: { body: 'hi' },
      timestamp: at,
    })
  })
})

describe('names', () => {
  it('lead to events, also those that objects have by themselves', () => {
    expect(['client_connected', 'session_qr', 'message.received', 'constructor', '__proto__'].map(eventOf)).toEqual([
      'session.status',
      'session.qr',
      'message.received',
      'constructor',
      '__proto__',
    ])
    expect(['session_qr', 'session.pairing-code', 'session.status'].map(isLive)).toEqual([true, true, false])
  })
})

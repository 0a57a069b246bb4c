import { defineCommand, defineEvent, z } from '@waqtor/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Budget } from './budget.ts'
import { plain, plainOrNull } from './plain.ts'
import { adminAreas, Sensitive } from './sensitive.ts'
import { targetOf } from './target.ts'

describe('D14: text of others', () => {
  it('stays on its line, and does nothing there', () => {
    expect(plain('a\r\nb\u001b[2Jc\u009bd\u2028e\u202ef\u0000')).toBe(
      'a\\u000d\\u000ab\\u001b[2Jc\\u009bd\\u2028e\\u202ef\\u0000',
    )
    expect(plain('مرحبا، Mona 🙂')).toBe('مرحبا، Mona 🙂')
    expect([plainOrNull(undefined), plainOrNull(null), plainOrNull('x')]).toEqual([null, null, 'x'])
  })

  it('is as long as it may be, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => {
        const shown = plain(text)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/)
        expect(shown.length).toBeLessThanOrEqual(201 * 6)
      }),
      { numRuns: 50 },
    )
  })
})

describe('what an action is about', () => {
  it('is ids and names, and nothing that is not known to be harmless', () => {
    expect(
      targetOf({
        userId: 'usr_1',
        contactIds: ['a', 'b'],
        name: 'mona',
        role: 'admin',
        features: ['campaigns'],
        permissions: Array.from({ length: 30 }, (_, i) => `p${i}`),
        url: 'https://user:secret@example.com:8443/hook?token=secret',
        gated: true,
        uses: 3,
        expiresAt: null,
        password: 'secret',
        code: '402918',
        token: 'secret',
        key: 'secret',
        secret: 'secret',
        text: 'secret',
        body: { id: 'secret' },
        id: { nested: 'secret' },
        instances: [{ nested: 'secret' }, 'shop'],
      }),
    ).toEqual({
      userId: 'usr_1',
      contactIds: ['a', 'b'],
      name: 'mona',
      role: 'admin',
      features: ['campaigns'],
      permissions: [...Array.from({ length: 20 }, (_, i) => `p${i}`), '… 30 in all'],
      url: 'example.com:8443',
      gated: true,
      uses: 3,
      expiresAt: null,
      instances: ['shop'],
    })
  })

  it.each([undefined, null, 'text', 5])('is nothing for %s', (input) => {
    expect(targetOf(input)).toEqual({})
  })

  it('has no host where there is no URL', () => {
    expect(targetOf({ url: 'secret' })).toEqual({})
    expect(targetOf({ url: 5 })).toEqual({})
  })
})

describe('what is sensitive', () => {
  const command = (id: string, permission: string, hints = {}) =>
    defineCommand(id, { summary: 's', permission, scope: 'host', hints, input: z.object({}), output: z.object({}) })
  const sensitive = new Sensitive(adminAreas)

  it.each([
    ['keys.create', 'keys:write', {}, true],
    ['keys.list', 'keys:read', { readOnly: true }, false],
    ['auth.login', 'public', {}, true],
    ['setup.state', 'public', { readOnly: true }, false],
    ['access.verify', 'features:read', {}, true],
    ['instances.qr', 'instances:pair', { readOnly: true }, true],
    ['campaigns.delete', 'campaigns:write', { destructive: true }, true],
    ['campaigns.create', 'campaigns:write', {}, false],
    ['messages.sendText', 'messages:write', {}, false],
  ])('%s (%s, %j): %s', (id, permission, hints, expected) => {
    const token = command(id, permission, hints)
    expect([sensitive.has(token), sensitive.has(token)]).toEqual([expected, expected])
  })

  it('is a command, and no event', () => {
    const event = defineEvent('keys.made', {
      kind: 'transient',
      permission: 'keys:write',
      scope: 'host',
      schema: z.object({}),
    })
    expect(sensitive.has(event)).toBe(false)
  })

  it('is of administrators where nobody else has the permission', () => {
    const those = [
      'keys:write',
      'instances:pair',
      'system:backup',
      'public',
      'profile:write',
      'features:read',
      'campaigns:write',
    ]
    expect(those.filter((it) => sensitive.isOfAdministrators(command('x.y', it)))).toEqual([
      'keys:write',
      'instances:pair',
      'system:backup',
    ])
  })
})

describe('the budget', () => {
  const each = { burst: 3, perMinute: 6 }

  it('is spent by each source alone, and comes back with time', () => {
    const budget = new Budget(each, { burst: 100, perMinute: 100 })
    const take = (source: string, now: number) => budget.take(source, now)
    expect([1, 2, 3, 4].map(() => take('a', 0))).toEqual([true, true, true, false])
    expect(take('b', 0)).toBe(true)
    expect(take('a', 9_999)).toBe(false)
    expect(take('a', 10_000)).toBe(true)
    expect([1, 2, 3, 4].map(() => take('a', 3_600_000))).toEqual([true, true, true, false])
  })

  it('is spent by all together, however many they are', () => {
    const budget = new Budget(each, { burst: 5, perMinute: 1 })
    const taken = Array.from({ length: 20_000 }, (_, i) => budget.take(`source ${i}`, 0)).filter(Boolean)
    expect(taken).toHaveLength(5)
    expect(budget.take('new', 60_000)).toBe(true)
    expect(budget.take('newer', 60_000)).toBe(false)
  })

  it('does not grow when the clock is set back', () => {
    const budget = new Budget({ burst: 1, perMinute: 1 }, { burst: 10, perMinute: 1 })
    expect([budget.take('a', 120_000), budget.take('a', 0), budget.take('a', 1)]).toEqual([true, false, false])
  })
})

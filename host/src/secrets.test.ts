import { expect, test } from 'vitest'
import { forShow, isSecretName, MASK } from './secrets.ts'

test('names of secrets are known in their usual writings', () => {
  for (const it of [
    'apiKey',
    'api-key',
    'WAQTOR_API_KEY',
    'x-api-key',
    'password',
    'accessToken',
    'clientSecret',
    'Authorization',
    'Cookie',
  ])
    expect(isSecretName(it), it).toBe(true)
  for (const it of ['port', 'key', 'instance', 'plugin', 'messageId']) expect(isSecretName(it), it).toBe(false)
})

test('values of such names are masked at any depth', () => {
  expect(
    forShow({ a: [{ password: 'p', port: 1 }], headers: new Map([['authorization', 'x']]), token: undefined }),
  ).toEqual({
    a: [{ password: MASK, port: 1 }],
    headers: { authorization: MASK },
    token: undefined,
  })
})

test('errors become facts, with their causes and, when wanted, their stacks', () => {
  const error = Object.assign(new Error('outer', { cause: new TypeError('inner') }), { code: 'E1' })
  expect(forShow({ error })).toEqual({
    error: { type: 'Error', message: 'outer', code: 'E1', cause: { type: 'TypeError', message: 'inner' } },
  })
  expect(forShow(error, { stacks: true })).toMatchObject({ stack: expect.stringContaining('secrets.test.ts') })
  expect(forShow(new AggregateError([new Error('a')], 'many'))).toMatchObject({ errors: [{ message: 'a' }] })
})

test('whatever it is, it can be written as JSON', () => {
  const circle: Record<string, unknown> = { name: 'c' }
  circle.self = circle
  let deep: unknown = 1
  for (let i = 0; i < 100; i++) deep = { deep }
  const shown = forShow({
    circle,
    deep,
    big: 10n,
    fn: test,
    sym: Symbol('s'),
    bytes: new Uint8Array(3),
    set: new Set([1]),
    at: new Date(0),
  })
  expect(JSON.parse(JSON.stringify(shown))).toMatchObject({
    circle: { name: 'c', self: '…' },
    big: '10',
    sym: 'Symbol(s)',
    bytes: '3 bytes',
    set: [1],
    at: '1970-01-01T00:00:00.000Z',
  })
})

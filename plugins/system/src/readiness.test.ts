import type { DatabaseState } from '@waqtor/contracts'
import type { Inspection } from '@waqtor/kernel'
import { expect, test } from 'vitest'
import { readinessOf } from './readiness.ts'

const plugin = (state: 'pending' | 'active' | 'closed') =>
  ({ name: 'secret-name', state, setupMs: 1, effects: 0, needs: [], provides: [] }) as Inspection['plugins'][number]
const file = (state: DatabaseState['state']): DatabaseState => ({
  name: 'shop',
  state,
  since: 1,
  message: '/secret/path',
})

test('ready is who has started, with every plugin up and every file open', () => {
  expect(readinessOf(true, [plugin('active')], [file('open'), file('open')])).toEqual({
    ready: true,
    plugins: 'ok',
    storage: 'ok',
  })
})

test('who has not started, or stops, is not', () => {
  expect(readinessOf(false, [plugin('active')], [])).toEqual({ ready: false, plugins: 'starting', storage: 'ok' })
})

test('a plugin that is down is told without its name', () => {
  const it = readinessOf(true, [plugin('active'), plugin('pending')], [])
  expect(it).toEqual({ ready: false, plugins: 'down', storage: 'ok' })
})

test.each([
  [['open', 'full'], 'full'],
  [['locked', 'full'], 'full'],
  [['locked', 'corrupt', 'full'], 'corrupt'],
  [['failed', 'open'], 'failed'],
  [['locked'], 'locked'],
] as const)('of %j the worst is told', (states, storage) => {
  expect(readinessOf(true, [], states.map(file))).toEqual({ ready: false, plugins: 'ok', storage })
})

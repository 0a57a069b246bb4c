import { expect, test } from 'vitest'
import { quietUntil } from './quiet-hours.ts'

const night = { from: '22:00', to: '07:30', zone: 'Africa/Cairo' }
// Cairo is two hours ahead of UTC in January.
const at = (time: string) => Date.parse(`2026-01-15T${time}Z`)
const until = (time: string, hours = night) => {
  const moment = quietUntil(hours, at(time))
  return moment === undefined ? undefined : new Date(moment).toISOString()
}

test('the night begins in the evening and ends the next morning', () => {
  expect(until('19:59:59')).toBeUndefined()
  expect(until('20:00:00')).toBe('2026-01-16T05:30:00.000Z')
  expect(until('20:00:30.500')).toBe('2026-01-16T05:30:00.000Z')
  expect(until('00:15:00')).toBe('2026-01-15T05:30:00.000Z')
  expect(until('05:29:59')).toBe('2026-01-15T05:30:00.000Z')
  expect(until('05:30:00')).toBeUndefined()
})

test('hours within a day', () => {
  const noon = { from: '12:00', to: '13:00', zone: 'UTC' }
  expect(until('12:30:00', noon)).toBe('2026-01-15T13:00:00.000Z')
  expect(until('13:00:00', noon)).toBeUndefined()
  expect(until('11:59:00', noon)).toBeUndefined()
})

test('no hours, or hours that are none, are never quiet', () => {
  expect(quietUntil(null, at('00:00:00'))).toBeUndefined()
  expect(until('12:00:00', { from: '12:00', to: '12:00', zone: 'UTC' })).toBeUndefined()
})

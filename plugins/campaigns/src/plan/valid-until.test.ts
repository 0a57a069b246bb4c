import { expect, it } from 'vitest'
import { requireLaterEnd } from './valid-until.ts'

const now = Date.parse('2026-03-02T12:00:00Z')
const refusal = (validUntil: string, scheduleAt: string | null = null) => {
  try {
    requireLaterEnd(validUntil, scheduleAt === null ? null : Date.parse(scheduleAt), now)
    return undefined
  } catch (error) {
    return error
  }
}

it('takes an end that is to come, and later than the start', () => {
  expect(refusal('2026-03-02T12:00:01Z')).toBeUndefined()
  expect(refusal('2026-03-02T15:00:00+02:00')).toBeUndefined()
  expect(refusal('2026-03-04T12:00:00Z', '2026-03-04T11:59:00Z')).toBeUndefined()
})

it('refuses one that has passed', () => {
  for (const it of ['2026-03-02T12:00:00Z', '2026-03-02T13:59:00+02:00', '2020-01-01T00:00:00Z'])
    expect(refusal(it)).toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      message: expect.stringContaining(`'validUntil' '${it}' has passed`),
      details: { errors: [{ path: 'validUntil' }] },
    })
})

it('refuses one that is not after the start', () => {
  for (const it of ['2026-03-04T11:00:00Z', '2026-03-04T10:00:00Z'])
    expect(refusal(it, '2026-03-04T11:00:00Z')).toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      message: expect.stringContaining("is not after 'scheduleAt' (2026-03-04T11:00:00.000Z)"),
    })
})

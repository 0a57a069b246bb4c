import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from './cursor.ts'

const logId = fc.stringMatching(/^[0-9a-f]{16}$/)
const sequences = fc.integer({ min: 0, max: 999_999_999_999_999 })
const marks = fc.stringMatching(/^(evt_[0-9A-Z]{26})?$/)

describe('cursors', () => {
  it('come back as the place that was written down', () => {
    fc.assert(
      fc.property(logId, sequences, marks, (log, sequence, mark) => {
        expect(decodeCursor(encodeCursor(log, sequence, mark))).toEqual({ log, sequence, mark })
      }),
    )
  })

  it('are never mistaken for a bare sequence', () => {
    fc.assert(
      fc.property(logId, sequences, marks, (log, sequence, mark) => {
        expect(decodeCursor(encodeCursor(log, sequence, mark)).log).toBeDefined()
        expect(decodeCursor(String(sequence))).toEqual({ sequence })
      }),
    )
  })

  it('are refused as invalid when they are anything else, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          decodeCursor(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'WAQ_CURSOR_INVALID', status: 400 })
        }
      }),
    )
    expect(() => decodeCursor('')).toThrow(/neither/)
    expect(() => decodeCursor('-1')).toThrow(/neither/)
    expect(() => decodeCursor(Buffer.from('1.0123456789abcdef.x.').toString('base64url'))).toThrow(/neither/)
  })
})

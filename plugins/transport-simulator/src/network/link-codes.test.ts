import { describe, expect, it } from 'vitest'
import { makePairingCode, makeQr, sameCode } from './link-codes.ts'

describe('codes that link an account', () => {
  it('look like the real ones', () => {
    expect(makeQr('seed', 1)).toMatch(/^2@[\w+/=]{80,90}(,[\w+/=]{44}){3},1$/)
    expect(makePairingCode('seed', 1)).toMatch(/^[1-9A-HJ-NP-Z]{4}-[1-9A-HJ-NP-Z]{4}$/)
  })

  it('differ from one another', () => {
    expect(new Set([0, 1, 2].map((it) => makeQr('seed', it))).size).toBe(3)
    expect(new Set([0, 1, 2].map((it) => makePairingCode('seed', it))).size).toBe(3)
  })

  it('are the same however a person types them', () => {
    expect(sameCode('ABCD-EFGH', 'abcd efgh')).toBe(true)
    expect(sameCode('ABCD-EFGH', 'ABCD-EFG1')).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { disclosures } from './contract.ts'

describe('a code to pair with', () => {
  it('is shown by a command that asks for what its event asks for, of the same account', () => {
    for (const { event, command } of disclosures)
      expect([command.permission, command.scope]).toEqual([event.permission, event.scope])
    expect(disclosures.map(({ event }) => event.id)).toEqual(['session.qr', 'session.pairing-code'])
  })
})

import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { drawSecret, sign, signedHeaders } from './signature.ts'

const now = () => Math.floor(Date.now() / 1_000)

describe('C4: the signature', () => {
  it.each([
    // The published example of the specification.
    [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
  ] as const)('is the one of the official vector', (secret, id, timestamp, body, expected) => {
    expect(sign(secret, id, timestamp, body)).toBe(expected)
  })

  it('satisfies an independent verifier, whatever the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^evt_[0-9A-Z]{26}$/), (text, id) => {
        const secret = drawSecret()
        const body = JSON.stringify({ text })
        expect(new Webhook(secret).verify(body, { ...signedHeaders([secret], id, now(), body) })).toEqual({ text })
      }),
      { numRuns: 100 },
    )
  })

  it('is refused when a single bit of what it covers was changed', () => {
    const secret = drawSecret()
    const body = JSON.stringify({ id: 'evt_1', data: { text: 'مرحبا' } })
    const signedAt = now()
    const headers = { ...signedHeaders([secret], 'evt_1', signedAt, body) }
    const webhook = new Webhook(secret)
    expect(() => webhook.verify(body, headers)).not.toThrow()
    const bytes = Buffer.from(body)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => webhook.verify(changed, headers)).toThrow()
    }
    expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'evt_2' })).toThrow()
    expect(() => webhook.verify(body, { ...headers, 'webhook-timestamp': String(signedAt - 1) })).toThrow()
    expect(() => new Webhook(drawSecret()).verify(body, headers)).toThrow()
  })

  it('is refused when it is older than five minutes', () => {
    const secret = drawSecret()
    const old = signedHeaders([secret], 'evt_1', now() - 301, '{}')
    expect(() => new Webhook(secret).verify('{}', { ...old })).toThrow('too old')
  })

  it('satisfies receivers with the new and with the former secret while both are good', () => {
    const [fresh, former, other] = [drawSecret(), drawSecret(), drawSecret()]
    const headers = { ...signedHeaders([fresh, former], 'evt_1', now(), '{}') }
    expect(headers['webhook-signature']!.split(' ')).toHaveLength(2)
    for (const secret of [fresh, former]) expect(new Webhook(secret).verify('{}', headers)).toEqual({})
    expect(() => new Webhook(other).verify('{}', headers)).toThrow()
  })
})

describe('drawSecret', () => {
  it('draws 256 bits, each time anew', () => {
    const secrets = Array.from({ length: 50 }, drawSecret)
    expect(new Set(secrets).size).toBe(50)
    for (const it of secrets) {
      expect(it).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      expect(Buffer.from(it.slice(6), 'base64')).toHaveLength(32)
    }
  })
})

import { bodyHash, mediaHash, type SentQuery } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import type { RawMessage } from '../page/globals.ts'
import { raw } from '../testing/raw.ts'
import { matchSent } from './matching.ts'

const chatId = '201001234567@c.us'
const now = 1_700_000_000
const own = (wireId: string, body: string, more: Partial<RawMessage> = {}) =>
  raw({ own: true, wireId, body, t: now, ack: 1, ...more })
const query = (body: string, more: Partial<SentQuery> = {}): SentQuery => ({
  chatId,
  bodyHash: bodyHash(body),
  notBefore: now * 1_000,
  ...more,
})
const whole = (...messages: RawMessage[]) => ({ messages, isWhole: true })

describe('a message that is looked for by its words', () => {
  it('is found after its anchor, whatever the spelling', () => {
    const view = whole(own('1', 'caf\u00e9'), own('2', 'other'), own('3', 'cafe\u0301\r\n'))
    const answer = matchSent(query('caf\u00e9', { anchor: 'x' }), view, [`true_${chatId}_1`])
    expect(answer).toMatchObject({
      outcome: 'found',
      matches: [{ messageId: `true_${chatId}_3`, ack: 1, timestamp: now * 1_000 }],
    })
  })

  it('is absent where the chat was read back to the anchor, or is whole', () => {
    const view = { messages: [own('1', 'offer'), raw({ body: 'offer', t: now })], isWhole: false }
    expect(matchSent(query('offer', { anchor: 'x' }), view, [`true_${chatId}_1`])).toEqual({ outcome: 'absent' })
    expect(matchSent(query('offer', { anchor: null }), whole(raw({ body: 'offer', t: now })), [])).toEqual({
      outcome: 'absent',
    })
  })

  it('is not one from before the send, nor one that the server has refused', () => {
    const view = whole(own('1', 'offer', { t: now - 5 }), own('2', 'offer', { ack: -1 }))
    expect(matchSent(query('offer', { anchor: null }), view, [])).toEqual({ outcome: 'absent' })
  })

  it('is in doubt where the anchor is not to be seen, or the history is not whole', () => {
    expect(matchSent(query('x', { anchor: 'x' }), whole(), ['gone'])).toMatchObject({ outcome: 'inconclusive' })
    const part = { messages: [own('1', 'other')], isWhole: false }
    expect(matchSent(query('x', { anchor: null }), part, [])).toMatchObject({ outcome: 'inconclusive' })
  })

  it('without any anchor is absent where the chat was read back to before the send', () => {
    const view = { messages: [own('1', 'older', { t: now - 60 })], isWhole: false }
    expect(matchSent(query('x'), view, [])).toEqual({ outcome: 'absent' })
    expect(matchSent(query('x'), { messages: [own('1', 'same time')], isWhole: false }, [])).toMatchObject({
      outcome: 'inconclusive',
    })
    // A history that shows nothing at all shows nothing of that time either.
    expect(matchSent(query('x'), { messages: [], isWhole: false }, [])).toMatchObject({ outcome: 'inconclusive' })
  })

  it('is known by its file as well', () => {
    const data = new Uint8Array([1, 2, 3])
    const filehash = Buffer.from(mediaHash(data), 'hex').toString('base64')
    const view = whole(own('1', '/9j/', { type: 'document', directPath: '/v', caption: 'look', filehash }))
    const wanted = { ...query('', { anchor: null }), bodyHash: bodyHash('look', { data }) }
    expect(matchSent(wanted, view, []).outcome).toBe('found')
    expect(matchSent(query('look', { anchor: null }), view, [])).toEqual({ outcome: 'absent' })
  })

  it('is in doubt where WhatsApp may have made its file anew', () => {
    const view = whole(own('1', '/9j/', { type: 'image', directPath: '/v', caption: 'look', filehash: 'AAAA' }))
    const wanted = { ...query('', { anchor: null }), bodyHash: bodyHash('look', { data: new Uint8Array([1]) }) }
    expect(matchSent(wanted, view, [])).toMatchObject({ outcome: 'inconclusive' })
  })
})

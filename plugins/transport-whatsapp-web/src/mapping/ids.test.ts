import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, drawId, formatMessageId, isChat, isGroup, parseMessageId } from './ids.ts'

const chatIds = fc
  .tuple(fc.stringMatching(/^[0-9]{3,20}$/), fc.constantFrom('c.us', 'g.us', 'lid'))
  .map(([user, server]) => `${user}@${server}`)

describe('ids of messages', () => {
  it('are read as they are written', () => {
    const ids = fc.record(
      { fromMe: fc.boolean(), chatId: chatIds, id: fc.stringMatching(/^[0-9A-F]{10,32}$/), author: chatIds },
      { requiredKeys: ['fromMe', 'chatId', 'id'] },
    )
    fc.assert(
      fc.property(ids, (id) => {
        expect(parseMessageId(formatMessageId(id))).toEqual(id)
      }),
    )
  })

  it('are told from other texts', () => {
    for (const text of ['', 'x', 'true_x', 'true_1@c.us', 'maybe_1@c.us_3EB0', 'true__3EB0']) {
      expect(parseMessageId(text), text).toBeUndefined()
    }
  })

  it('look like those of the page when they are drawn, and differ', () => {
    expect(drawId()).toMatch(/^3EB0[0-9A-F]{18}$/)
    expect(drawId()).not.toBe(drawId())
  })
})

it('knows chats from broadcasts, channels and statuses', () => {
  expect(['1234@c.us', '1234-567@g.us', '1234@lid'].map(isChat)).toEqual([true, true, true])
  expect(['status@broadcast', '1234@newsletter', '1234@s.whatsapp.net', ''].map(isChat)).toEqual([
    false,
    false,
    false,
    false,
  ])
  expect(isGroup('1234@g.us')).toBe(true)
  expect(isGroup('1234@c.us')).toBe(false)
})

it('reads addresses in either of the shapes of the page', () => {
  expect(addressOf('1@c.us')).toBe('1@c.us')
  expect(addressOf({ _serialized: '1@c.us', user: '1', server: 'c.us' })).toBe('1@c.us')
  for (const nothing of [undefined, null, '']) expect(addressOf(nothing)).toBeUndefined()
})

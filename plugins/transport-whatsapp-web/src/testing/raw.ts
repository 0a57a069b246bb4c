import type { RawMessage } from '../page/globals.ts'

const chat = '201001234567@c.us'

/** A message as the page has it: a received text, but for what is said otherwise. */
export function raw({
  own = false,
  wireId = '3EB0AA',
  chatId = chat,
  ...more
}: Partial<RawMessage> & RawChoice = {}): RawMessage {
  const id = { id: wireId, fromMe: own, remote: chatId, _serialized: `${own}_${chatId}_${wireId}` }
  return { id, type: 'chat', t: 1_700_000_000, from: chatId, to: chatId, ...more }
}

interface RawChoice {
  /** Written by this account. */
  readonly own?: boolean
  readonly wireId?: string
  readonly chatId?: string
}

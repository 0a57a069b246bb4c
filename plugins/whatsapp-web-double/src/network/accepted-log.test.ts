import { expect, it } from 'vitest'
import type { AcceptedMessage } from '../options.ts'
import { AcceptedLog } from './accepted-log.ts'

const line: AcceptedMessage = {
  instance: 'one',
  account: '201001234567',
  to: '201007654321@c.us',
  messageId: 'true_201007654321@c.us_3EB0AA',
  id: '3EB0AA',
  body: 'x',
  bodyHash: '',
  kind: 'text',
  time: 1,
}

it('the log keeps a message as often as the network accepted it, and counts it under each of its names', () => {
  const log = new AcceptedLog()
  log.append(line)
  log.append({ ...line, messageId: 'true_70@lid_3EB0AA' })
  log.append({ ...line, account: '201007654321', id: '3EB0BB' })
  expect(log.count('3EB0AA')).toBe(2)
  expect(log.count('true_anywhere@c.us_3EB0AA')).toBe(2)
  expect(log.of('201001234567')).toHaveLength(2)
  expect(log.of()).toHaveLength(3)
})

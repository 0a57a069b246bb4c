import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chance } from '../kit/chance.ts'
import { stand } from '../kit/stand.ts'
import { Recording } from './recording.ts'

it('a pairing under which something was sent is there after every power cut: a new one could prove no absence', {
  timeout: 600_000,
}, async () => {
  await using standing = await stand()
  const { stack } = standing
  const recording = await Recording.of(stack)
  const host = await stack.startHost(recording.launch)
  const send = { chatId: '201001234567', text: 'Hello' }
  expect((await stack.request('POST', '/api/v2/messages/send-text', send)).status).toBe(200)
  await host.end('SIGKILL')
  const pairing = join(stack.data, 'instances/default/simulator/link.json')
  for (let seed = 1; seed <= 50; seed++) expect([...recording.cut(new Map(), chance(seed)).keys()]).toContain(pairing)
})

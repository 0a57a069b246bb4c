import { expect, test } from 'vitest'
import { type WelcomeFacts, welcomeLines } from './welcome.ts'

const facts: WelcomeFacts = {
  version: '1.0.0',
  startMs: 410.4,
  address: 'http://127.0.0.1:8080',
  data: 'data',
  config: 'waqtor.config.ts',
  watching: true,
  notices: [{ label: 'Set-up', text: 'the token abc' }],
  waqtor: 'pnpm waqtor',
  hasKeys: true,
  hasRest: true,
  sendPath: '/messages/send-text',
  dataFlag: '',
}

test('it says where to go, how to get a key and how to send the first message', () => {
  const text = welcomeLines(facts).join('\n')
  for (const it of [
    'WaQtor 1.0.0 is ready (410 ms)',
    'http://127.0.0.1:8080/api/v2/reference',
    'http://127.0.0.1:8080/health',
    '\n  Set-up      the token abc\n',
    'pnpm waqtor keys create --name first',
    'curl -s http://127.0.0.1:8080/api/v2/messages/send-text',
  ])
    expect(text).toContain(it)
})

test('what the config does not have is not promised', () => {
  const text = welcomeLines({ ...facts, address: undefined, hasKeys: false }).join('\n')
  expect(text).not.toMatch(/http|keys|curl/)
  expect(welcomeLines({ ...facts, hasRest: false }).join('\n')).not.toMatch(/api|curl/)
})

import type { HttpRequest } from '@waqtor/contracts'
import type { KernelView } from '@waqtor/kernel'
import { recordingLogger } from '@waqtor/kernel/testing'
import { expect, it } from 'vitest'
import { createDoor } from './door.ts'

it('warns once when somebody signs in over plain http from another machine', async () => {
  const log = recordingLogger()
  const execute = async () => ({ token: 'waqs_x', expiresAt: Date.now() + 1_000, user: {} })
  const door = createDoor({
    kernel: { commands: { execute } } as unknown as KernelView,
    log,
  })
  const login = async (address: string, https = false) => {
    const headers = new Headers({ 'content-type': 'application/json', host: 'waqtor.lan' })
    const request = { path: '/login', method: 'POST', headers, address, https, body: async () => Buffer.from('{}') }
    expect(await door(request as unknown as HttpRequest)).toMatchObject({ status: 200 })
  }
  await login('127.0.0.1')
  await login('192.168.1.7', true)
  expect(log.lines).toEqual([])
  await login('192.168.1.7')
  await login('192.168.1.8')
  expect(log.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('over plain http') }])
})

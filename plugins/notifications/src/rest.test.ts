import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostInfo, Http } from '@waqtor/contracts'
import { systemPrincipal } from '@waqtor/kernel'
import { fake } from '@waqtor/kernel/testing'
import auth from '@waqtor/plugin-auth'
import { createKey } from '@waqtor/plugin-auth/contract'
import http from '@waqtor/plugin-http'
import rest from '@waqtor/plugin-rest'
import { expect, it } from 'vitest'
import { notifyKernel } from './fixtures/notify-kernel.ts'

it('over REST each key has a list of its own', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'waqtor-notifications-'))
  const host = { dataDirectory, version: '1.0.0', options: { port: 0 }, isReady: () => true }
  try {
    await using it = await notifyKernel({ plugins: [auth(), http(), rest()], fakes: [fake(HostInfo, host)] })
    const url = `${it.service(Http).address}/api/v2/notifications`
    const key = async (permissions: string[]) =>
      (await it.run(createKey, { permissions }, { principal: systemPrincipal })).key
    const ask = async (who: string, path = '', method = 'GET', body?: object) => {
      const answer = await fetch(url + path, {
        method,
        headers: { 'X-API-Key': who, ...(body && { 'Content-Type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
    }
    const [boss, reader] = [await key(['*']), await key(['notifications:read'])]

    const made = await ask(boss, '', 'POST', { title: 'Maintenance', message: 'At ten' })
    expect(made).toMatchObject({ status: 201, body: { ids: [expect.stringMatching(/^ntf_/)] } })
    const id = made.body.ids[0] as string
    expect(await ask(reader)).toMatchObject({ status: 200, body: { items: [{ id, read: false }], nextCursor: null } })
    expect(await ask(reader, '/count')).toEqual({ status: 200, body: { unread: 1 } })
    expect(await ask(reader, `/${id}/read`, 'POST', {})).toMatchObject({ status: 200, body: { id, read: true } })
    expect(await ask(reader, '?filter=unread&limit=5')).toMatchObject({ body: { items: [] } })
    expect(await ask(boss, '/read-all', 'POST', {})).toEqual({ status: 200, body: { marked: 1 } })
    expect(await ask(reader, `/${id}`, 'DELETE')).toEqual({ status: 204, body: undefined })
    expect(await ask(reader, `/${id}`, 'DELETE')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(await ask(reader, '/preferences', 'PATCH', { types: ['error'] })).toMatchObject({
      status: 200,
      body: { types: ['error'], available: [] },
    })
    expect(await ask(reader, '/preferences')).toMatchObject({ body: { types: ['error'], quietHours: null } })
    expect(await ask(reader, '', 'POST', { title: 'No', message: 'm' })).toMatchObject({ status: 403 })
    expect(await ask(await key(['events:read']))).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  } finally {
    await rm(dataDirectory, { recursive: true, force: true })
  }
})

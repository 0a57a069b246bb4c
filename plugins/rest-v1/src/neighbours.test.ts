import notifications from '@waqtor/plugin-notifications'
import webhooks from '@waqtor/plugin-webhooks'
import { expect, it } from 'vitest'
import { type Answer, type Ask, startRestV1 } from './fixtures/start-rest-v1.ts'

// The golden answers are those of stand-ins, which answer the same on any day. Here are the plugins themselves.
const options = { without: ['notifications', 'webhooks'], more: [notifications(), webhooks()] }

it('notifications are made, listed, counted, read and deleted', async () => {
  await using it = await startRestV1(options)
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    it.ask(`/api/notifications${path}`, { method, ...(body !== undefined && { body }) } satisfies Ask)
  const made = await ask('POST', '', { type: 'warning', title: 'Maintenance', message: 'Back at 22:00' })
  await ask('POST', '', { title: 'Another', message: 'x' })
  const { id } = made.body.data
  expect([made.status, (await ask('GET', '/count')).body.count]).toEqual([201, 2])
  const read = await ask('POST', `/mark-read/${id}`)
  expect(read.body).toMatchObject({ success: true, data: { id, type: 'warning', title: 'Maintenance', read: true } })
  expect((await ask('GET', '?unread=true')).body).toMatchObject({ count: 1, data: [{ title: 'Another', read: false }] })
  expect((await ask('PATCH', `/${id}`, { read: true })).status).toBe(200)
  expect((await ask('POST', '/mark-all-read')).body.count).toBe(1)
  expect((await ask('DELETE', `/${id}`)).body).toMatchObject({ success: true, data: { id } })
  expect((await ask('GET', '')).body.data).toMatchObject([{ title: 'Another', read: true }])
  expect((await ask('POST', '/mark-read/none')).body).toMatchObject({ success: false, code: 'not_found' })
})

it('webhooks are made, shown, changed, tested and deleted', async () => {
  await using it = await startRestV1(options)
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    it.ask(`/api/webhooks${path}`, { method, ...(body !== undefined && { body }) } satisfies Ask)
  const body = { url: 'https://hooks.example.com/x', events: ['message_received'], name: 'Desk', clientId: 'default' }
  const made = await ask('POST', '', { ...body, headers: { 'X-Token': 't' } })
  expect(made).toMatchObject({ status: 201, body: { success: true, secret: expect.stringMatching(/^whsec_/) } })
  const { id } = made.body.data
  const shown = { id, url: body.url, events: ['message_received'], instances: ['default'], description: 'Desk' }
  expect((await ask('GET', `/${id}`)).body.data).toMatchObject({ ...shown, enabled: true, active: true })
  expect(JSON.stringify((await ask('GET', '')).body)).not.toContain('whsec_')
  expect((await ask('PATCH', `/${id}`, { active: false })).body.data).toMatchObject({ ...shown, enabled: false })
  expect((await ask('PUT', `/${id}`, { events: ['message.sent'] })).body.data.events).toEqual(['message.sent'])
  // The name leads nowhere, and says so.
  await ask('PUT', `/${id}`, { url: 'https://nowhere.invalid/' })
  expect((await ask('POST', `/${id}/test`)).body.data).toMatchObject({ delivered: false, error: expect.any(String) })
  expect((await ask('GET', `/${id}/logs`)).body).toMatchObject({ success: true, nextCursor: null })
  expect((await ask('GET', `/${id}/stats`)).body.data).toMatchObject({ id, pending: 0, dead: 0 })
  expect((await ask('POST', '', { ...body, url: 'ftp://x' })).body).toMatchObject({ success: false })
  expect((await ask('POST', '', { ...body, events: ['no.such'] })).status).toBe(400)
  expect((await ask('DELETE', `/${id}`)).status).toBe(200)
  expect((await ask('GET', `/${id}`)).status).toBe(404)
})

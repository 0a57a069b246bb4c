import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { admits, answerHeaders, handleSafely, input, isHarmless, path } from '../work.ts'
import { serving } from './serve.ts'

const app = new Hono()
app.use(async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(answerHeaders(c.req.header('x-request-id'))))
    c.res.headers.set(name, value)
})
app.use(async (c, next) => {
  if (!admits(c.req.header('host'), c.req.header('x-api-key'))) return c.json({ error: 'key' }, 401)
  await next()
  return undefined
})
app.use(bodyLimit({ maxSize: 1_000_000 }))
app.post(path, async (c) => {
  const body = await c.req.json()
  const parsed = isHarmless(body) ? input.safeParse(body) : undefined
  return parsed?.success ? c.json(await handleSafely(parsed.data)) : c.json({ error: 'input' }, 400)
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
  serving(`http://127.0.0.1:${port}`),
)

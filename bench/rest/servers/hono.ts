import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { handle, input, path } from '../work.ts'
import { serving } from './serve.ts'

const app = new Hono()
app.post(path, async (c) => {
  const parsed = input.safeParse(await c.req.json())
  return parsed.success ? c.json(await handle(parsed.data)) : c.json({ error: 'input' }, 400)
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
  serving(`http://127.0.0.1:${port}`),
)

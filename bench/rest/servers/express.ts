import type { AddressInfo } from 'node:net'
import express from 'express'
import { handle, input, path } from '../work.ts'
import { serving } from './serve.ts'

const app = express()
app.use(express.json())
app.post(path, async (request, response) => {
  const parsed = input.safeParse(request.body)
  if (parsed.success) response.json(await handle(parsed.data))
  else response.status(400).json({ error: 'input' })
})
const server = app.listen(0, '127.0.0.1', () => serving(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))

import type { AddressInfo } from 'node:net'
import express from 'express'
import { admits, answerHeaders, handleSafely, input, isHarmless, path } from '../work.ts'
import { serving } from './serve.ts'

const app = express()
app.disable('x-powered-by')
// A hash of every answer, which nobody else makes.
app.disable('etag')
app.use((request, response, next) => {
  response.set(answerHeaders(request.get('x-request-id')))
  next()
})
app.use((request, response, next) => {
  if (admits(request.get('host'), request.get('x-api-key'))) next()
  else response.status(401).json({ error: 'key' })
})
app.use(express.json({ limit: 1_000_000 }))
app.post(path, async (request, response) => {
  const parsed = isHarmless(request.body) ? input.safeParse(request.body) : undefined
  if (parsed?.success) response.json(await handleSafely(parsed.data))
  else response.status(400).json({ error: 'input' })
})
const server = app.listen(0, '127.0.0.1', () => serving(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))

import fastify from 'fastify'
import { handle, input, path } from '../work.ts'
import { serving } from './serve.ts'

const app = fastify()
app.post(path, async (request, reply) => {
  const parsed = input.safeParse(request.body)
  return parsed.success ? handle(parsed.data) : reply.code(400).send({ error: 'input' })
})
serving(await app.listen({ host: '127.0.0.1', port: 0 }))

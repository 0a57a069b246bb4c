/** The double as a process of its own: `node main.ts '<options as JSON>'`. It ends when nobody holds its stdin any more. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { startDouble } from '../double.ts'

const double = await startDouble(JSON.parse(process.argv[2] ?? '{}'))

const methods: Readonly<Record<string, (argument: never) => unknown>> = {
  '/control': (it) => double.control(it),
  '/scan': (it) => double.scan(it),
  '/deliver': (it) => double.deliver(it),
  '/change': (it) => double.change(it),
  '/group': (it) => double.group(it),
  '/accepted': (it) => double.accepted(it ?? undefined),
  '/count': (it) => double.count(it),
  '/signals': (it) => double.signals(it ?? undefined),
  '/number': (it) => double.number(it),
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = methods[request.url ?? '']
  if (!method) return void response.writeHead(404).end('{"error":"no such method"}')
  try {
    const [argument] = (await json(request)) as [never]
    const result = (await method(argument)) ?? null
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ result }))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: message }))
  }
}

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const { chromiumArgs } = double
  process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${port}`, chromiumArgs })}\n`)
})
process.stdin.resume().on('end', () => process.exit())

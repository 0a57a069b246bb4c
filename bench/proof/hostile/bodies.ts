import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { apiKey, type Stack } from '@waqtor/host/testing'
import { stand } from '../kit/stand.ts'
import { watchMemory } from './memory.ts'
import { watchProcessor } from './processor.ts'
import { below, counted, type Trial } from './trial.ts'

/** Bodies that are too large, lie about it, or are nested too deep. */
export const bodies: Trial = {
  rows: 'B2, B3, B7',
  name: 'bodies',
  summary: 'bodies of up to a gigabyte, announced or not, and documents nested up to a million deep',
  async *run({ short }) {
    await using place = await stand()
    const { stack } = place
    const host = await stack.startHost()
    await stack.request('POST', '/api/v2/contacts', { phone: '+201001234567' })

    const growth = watchMemory(host.child.pid!)
    const times = short ? 3 : 50
    const other: number[] = []
    let cut = 0
    for (let i = 0; i < times; i++) {
      const announced = await post(stack, `Content-Length: ${2 ** 30}`, 0)
      const chunked = await post(stack, 'Transfer-Encoding: chunked', short ? 4 : 100)
      const short1 = await post(stack, 'Content-Length: 10', 1)
      const compressed = await post(stack, 'Content-Length: 97000\r\nContent-Encoding: gzip', 0)
      for (const [status, expected] of [
        [announced, [413]],
        [chunked, [413]],
        // What follows the ten bytes is no request.
        [short1, [400]],
        [compressed, [415]],
      ] as const)
        if (status === 0) cut++
        else if (!(expected as readonly number[]).includes(status)) other.push(status)
    }
    // Whoever goes on sending after the answer is cut off, and may lose the answer with that.
    const told = `answers other than 413, 415 and 400 to ${times * 4} bodies, of which ${cut} were cut off`
    yield counted(other.length === 0 ? told : `${told}: ${other.join(', ')}`, other.length, 0)
    // V8 lets some 64 MB of buffers gather before it collects them: the point is that it ends there.
    yield below('memory of the host beyond its beginning', growth(), 100, 'MB')

    const depths = short ? [10, 33, 1_000, 100_000] : [10, 32, 33, 100, 1_000, 10_000, 100_000, 490_000, 1_000_000]
    let slowest = 0
    let costliest = 0
    let wrong = 0
    for (const depth of depths) {
      const body = `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`
      const share = watchProcessor(host.child.pid!)
      const started = performance.now()
      const response = await fetch(`${stack.address}/api/v2/contacts`, {
        method: 'POST',
        headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json' },
        body,
      })
      await response.text()
      slowest = Math.max(slowest, performance.now() - started)
      costliest = Math.max(costliest, share().ran)
      if (response.status !== (body.length > 1_000_000 ? 413 : 400)) wrong++
    }
    yield counted(`answers other than 400 and 413 to ${depths.length} deep documents`, wrong, 0)
    yield below('time of the processor for the costliest of them', costliest, 50, 'ms')
    yield below('the slowest of them', slowest, 50, 'ms')
  },
}

/** Sends so many MB behind these headers, or as many as the server takes. Answers the status. */
async function post(stack: Stack, headers: string, megabytes: number): Promise<number> {
  const socket = connect(Number(new URL(stack.address).port), '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => {
    answer += data.toString('latin1')
  })
  // The server may end the connection while we write.
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    `POST /api/v2/contacts HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}\r\n\r\n`,
  )
  const chunked = headers.includes('chunked')
  const piece = Buffer.concat([
    Buffer.from(chunked ? '100000\r\n' : ''),
    Buffer.alloc(0x100000, 'x'),
    Buffer.from(chunked ? '\r\n' : ''),
  ])
  for (let i = 0; i < megabytes && socket.writable && answer === ''; i++)
    if (!socket.write(piece)) await somethingHappens(socket)
  while (answer === '' && !socket.closed) await somethingHappens(socket)
  socket.destroy()
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((it) => Number(it[1]))
  return statuses.at(-1) ?? 0
}

/** Whatever comes next: more room, more of the answer, or the end. An error is followed by the end. */
async function somethingHappens(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = () => {
      socket.off('drain', settle).off('data', settle).off('close', settle)
      resolve()
    }
    socket.on('drain', settle).on('data', settle).on('close', settle)
  })
}

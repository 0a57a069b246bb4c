/** Clients in a process of their own: WebSockets that count, and know just enough of socket.io's protocol. */
import { WebSocket } from 'ws'
import { key } from './key.ts'
import { answering } from './peer.ts'

export type Question =
  | { readonly do: 'connect'; readonly address: string; readonly clients: number; readonly stopped: number }
  | { readonly do: 'count' }

export interface Counted {
  readonly frames: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const open: WebSocket[] = []
let frames = 0
let delays: number[] = []

answering<Question>(async (question) => {
  if (question.do === 'connect') {
    await Promise.all(Array.from({ length: question.clients }, () => connect(question.address)))
    for (const client of open.slice(0, question.stopped)) client.pause()
    return {}
  }
  const sorted = delays.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  const counted: Counted = { frames, p50Ms: at(0.5), p99Ms: at(0.99) }
  frames = 0
  delays = []
  return counted
})

function connect(address: string): Promise<void> {
  const client = new WebSocket(address, { perMessageDeflate: false })
  const isSocketIo = address.includes('socket.io')
  open.push(client)
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    if (!isSocketIo) client.on('open', () => resolve())
    client.on('message', (data: Buffer) => {
      const text = data.toString()
      if (isSocketIo && text.startsWith('0')) client.send(`40/bench,${JSON.stringify({ token: key })}`)
      else if (isSocketIo && text.startsWith('40')) resolve()
      else if (isSocketIo && text.startsWith('44')) reject(new Error(text))
      else if (text === '2') client.send('3')
      else count(text)
    })
  })
}

/** What every client is measured by: how many, and how long a sixteenth of them took. */
function count(text: string): void {
  if (++frames % 16 !== 0) return
  const at = /"at":([\d.]+)/.exec(text)?.[1]
  if (at) delays.push(performance.timeOrigin + performance.now() - Number(at))
}

import { Server } from 'socket.io'
import { describe, expect, it } from 'vitest'
import { startRealtime } from './fixtures/start-realtime.ts'
import { encode, sendTo, textFrame } from './frames.ts'

/** What a frame says, read as the protocol has it. */
function read(frame: Buffer): unknown {
  const short = frame[1]!
  const head = short < 126 ? 2 : short === 126 ? 4 : 10
  const length = head === 2 ? short : head === 4 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2))
  return { first: frame[0], head, isWhole: frame.length === head + length, text: frame.toString('utf8', head) }
}

describe('a frame', () => {
  it.each([
    [0, 2],
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])('of %i bytes has a head of %i', (length, head) => {
    const text = 'x'.repeat(length)
    expect(read(textFrame(text))).toEqual({ first: 0x81, head, isWhole: true, text })
  })

  it('counts bytes, not letters', () => {
    const text = 'سلام '.repeat(15)
    expect(read(textFrame(text))).toEqual({ first: 0x81, head: 4, isWhole: true, text })
  })
})

/** What is written to a connection whose transport is this. */
function written(transport: object, data: readonly unknown[]): unknown[] {
  const namespace = new Server().of('/x')
  const parts = data.flatMap((it) => encode(namespace, 'e', it))
  const packets: unknown[] = []
  const conn = { transport, write: (it: unknown) => packets.push(it) }
  sendTo([{ conn } as never], parts)
  return packets
}

const webSocket = { socket: { _sender: { sendFrame() {} } } }

describe('what goes to many clients together', () => {
  it('is one write to a WebSocket, with a frame for each message', () => {
    const frames = ['42/x,["e",1]', '42/x,["e",{"a":2}]'].map(textFrame)
    expect(written(webSocket, [1, { a: 2 }])).toEqual([Buffer.concat(frames)])
  })

  it('is a packet each where the transport frames them itself', () => {
    expect(written({}, [1, 2])).toEqual(['2/x,["e",1]', '2/x,["e",2]'])
  })

  it('is a packet each where there are bytes among them', () => {
    const bytes = Buffer.from([1, 2])
    const placeholder = '51-/x,["e",{"_placeholder":true,"num":0}]'
    expect(written(webSocket, [1, bytes])).toEqual(['2/x,["e",1]', placeholder, bytes])
  })

  it.each([['websocket'], ['polling'], ['polling, then websocket']])(
    'comes over %s as it was, in its order',
    async (how) => {
      await using it = await startRealtime()
      const transports = how.split(', then ') as ('polling' | 'websocket')[]
      const client = await it.open('/things', { transports })
      await client.data('count')
      const texts = ['', 'سلام', 'x'.repeat(200), 'y'.repeat(70_000), '\u001e4', '"[0]"']
      texts.forEach((text, n) => {
        it.things.moved(n, `thing ${n}`, 'default', text)
      })
      const moved = await client.data('moved', texts.length)
      expect(moved.map(({ n, text }) => [n, text])).toEqual(texts.map((text, n) => [n, text]))
    },
  )
})

import { connect } from 'node:net'
import { upgrade } from './raw-client.ts'

/** Begins so many handshakes, fifty at a time, and breaks them off: half of them when they were asked, half in the middle. */
export async function brokenHandshakes({ url }: { readonly url: string }, count: number): Promise<void> {
  const port = Number(new URL(url).port)
  for (let done = 0; done < count; done += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => breakOff(port, i % 2 === 0 ? upgrade : upgrade.slice(0, 40 + i))),
    )
}

function breakOff(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text, () => socket.resetAndDestroy())
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}

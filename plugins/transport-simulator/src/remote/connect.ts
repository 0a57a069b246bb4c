import { request } from 'node:http'
import { FrameStream, type FrameStreamEvents } from './frame-stream.ts'
import { LINK_PATH, LINK_PROTOCOL } from './frames.ts'

const CONNECT_TIMEOUT_MS = 5_000

/**
 * Connects to a simulator that runs as a process of its own.
 * @param address `http://127.0.0.1:9180`
 */
export function connect(address: string, events: FrameStreamEvents, signal: AbortSignal): Promise<FrameStream> {
  return new Promise((resolve, reject) => {
    const attempt = request(new URL(LINK_PATH, address), {
      agent: false,
      headers: { connection: 'Upgrade', upgrade: LINK_PROTOCOL },
      timeout: CONNECT_TIMEOUT_MS,
      signal,
    })
    attempt.on('upgrade', (_, socket, head) => {
      socket.setTimeout(0)
      socket.setNoDelay(true)
      resolve(new FrameStream(socket, events, head))
    })
    attempt.on('response', (response) => {
      response.resume()
      reject(new Error(`it answered ${response.statusCode}: not a WaQtor simulator, or one of another version`))
    })
    attempt.on('timeout', () => attempt.destroy(new Error('it does not answer')))
    attempt.on('error', reject)
    attempt.end()
  })
}

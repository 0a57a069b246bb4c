import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** One place to connect to; the address was checked. */
export interface Dialled {
  readonly address: string
  readonly port: number
  readonly secure: boolean
  /** The name that the certificate must be for; absent where the URL writes an address. */
  readonly servername?: string
}

/** Connects to exactly that address; resolves when bytes can be written. */
export type Connect = (to: Dialled, signal: AbortSignal) => Promise<Socket>

/** Connects over TCP, and TLS where it is asked for. */
export const dial: Connect = ({ address, port, secure, servername }, signal) =>
  new Promise((resolve, reject) => {
    const socket = secure
      ? connectTls({
          host: address,
          port,
          ALPNProtocols: ['http/1.1'],
          ...(servername !== undefined && { servername }),
        })
      : connectTcp({ host: address, port })
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', abort)
      socket.off('error', fail)
      act()
    }
    const fail = (error: Error) => settle(() => reject(error))
    const abort = () => {
      socket.destroy()
      fail(signal.reason as Error)
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    socket.setNoDelay(true)
    socket.once('error', fail)
    socket.once(secure ? 'secureConnect' : 'connect', () => settle(() => resolve(socket)))
  })

/** Tries the addresses in turn: where IPv6 leads nowhere, IPv4 may. @throws what the last one threw */
export async function dialAny(
  connect: Connect,
  addresses: readonly string[],
  to: Omit<Dialled, 'address'>,
  signal: AbortSignal,
  patienceMs: number,
): Promise<Socket> {
  let last: unknown = new Error('there is no address to connect to')
  for (const address of addresses) {
    const patience = new AbortController()
    const late = () => patience.abort(new DOMException('no connection in time', 'TimeoutError'))
    const timer = setTimeout(late, patienceMs)
    try {
      return await connect({ ...to, address }, AbortSignal.any([signal, patience.signal]))
    } catch (error) {
      last = error
      if (signal.aborted) break
    } finally {
      clearTimeout(timer)
    }
  }
  throw last
}

import type { IncomingMessage } from 'node:http'
import type { Logger } from '@waqtor/kernel'

/** Whom a request is from, as far as that is known. */
export interface Client {
  readonly address: string
  /** A trusted proxy says that the client came by https. */
  readonly https: boolean
}

/** The one place where a request gets its address, whichever door it goes to. */
export type ClientOf = (incoming: IncomingMessage) => Client

// This machine and private networks, where proxies stand. What others write into their headers says nothing.
const near =
  /^(::1|f[cd][\da-f]{2}:[\da-f:]*|(::ffff:)?(127\.\d+|10\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+)$/i

/** How clients are known where these proxies are trusted. What anybody else forwards is not believed. */
export async function clientsOf(proxies: readonly string[], log: Logger): Promise<ClientOf> {
  let hinted = false
  const peer: ClientOf = ({ socket, headers }) => {
    const address = socket.remoteAddress ?? ''
    if (!hinted && headers['x-forwarded-for'] !== undefined && near.test(address)) {
      hinted = true
      log.warn(
        'this looks like a proxy: all its clients count as one address, since X-Forwarded-For is not believed. Set http.trustedProxies (or WAQTOR_TRUSTED_PROXIES) if it is yours',
        { peer: address },
      )
    }
    return { address, https: false }
  }
  if (proxies.length === 0) return peer
  // Only then, so that nobody else waits for the library behind it.
  const { TrustedProxies } = await import('./trusted-proxies.ts')
  const trusted = new TrustedProxies(proxies)
  return (incoming) => trusted.clientOf(incoming) ?? peer(incoming)
}

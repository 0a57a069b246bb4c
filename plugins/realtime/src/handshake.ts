import type { IncomingMessage } from 'node:http'
import { type HeaderReader, InstanceField } from '@waqtor/contracts'
import { WaqtorError, z } from '@waqtor/kernel'
import type { Socket } from 'socket.io'

/** Where `auth.instance` says this, the host itself is meant. No account can have this id. */
export const HOST = 'host'

const Auth = z.object({
  token: z.string().min(1).max(1_000).optional(),
  instance: z.union([z.literal(HOST), InstanceField]),
})

/** What a client says of itself when it opens a channel. */
export interface Handshake {
  readonly headers: HeaderReader
  readonly address: string
  /** As the client names it. */
  readonly instance: string
  /** The account; null for the host itself. */
  readonly account: string | null
}

/**
 * @param addressOf whom a request is from
 * @throws WaqtorError WAQ_INPUT_INVALID when `auth` is not as it should be
 */
export function handshakeOf(
  { handshake, request }: Pick<Socket, 'handshake' | 'request'>,
  addressOf: (request: IncomingMessage) => string,
): Handshake {
  const parsed = Auth.safeParse(handshake.auth ?? {})
  if (!parsed.success) {
    const errors = parsed.error.issues.map((it) => ({ path: ['auth', ...it.path].join('.'), message: it.message }))
    const [first] = errors
    throw new WaqtorError('WAQ_INPUT_INVALID', `'${first!.path}': ${first!.message}`, { details: { errors } })
  }
  const { token, instance } = parsed.data
  return {
    headers: token === undefined ? headersOf(request) : tokenAlone(token),
    address: addressOf(request),
    instance,
    account: instance === HOST ? null : instance,
  }
}

/** A client that names a token is nobody else, whatever its browser sends along. */
function tokenAlone(token: string): HeaderReader {
  // A header's bytes are read as Latin-1, so this is what the same token looks like in one.
  const bearer = `Bearer ${Buffer.from(token).toString('latin1')}`
  return { get: (name) => (name.toLowerCase() === 'authorization' ? bearer : null) }
}

function headersOf({ headersDistinct }: IncomingMessage): HeaderReader {
  return {
    get(name) {
      const key = name.toLowerCase()
      return headersDistinct[key]?.join(key === 'cookie' ? '; ' : ', ') ?? null
    },
  }
}

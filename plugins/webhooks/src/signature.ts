import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** A new secret, as receivers are given it: `whsec_` and base64. */
export function drawSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/**
 * The signature of a delivery after the Standard Webhooks specification: HMAC-SHA256 over `<id>.<seconds>.<body>` with the
 * bytes that stand behind the prefix of the secret.
 * @param timestamp seconds since 1970
 * @returns `v1,<base64>`
 */
export function sign(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

/** The headers by which a receiver knows who sent it and when. With two secrets either of them proves it. */
export function signedHeaders(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string,
): Readonly<Record<string, string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((it) => sign(it, id, timestamp, body)).join(' '),
  }
}

import { createHash, createPublicKey } from 'node:crypto'
import { generate } from 'selfsigned'

export interface Certificate {
  readonly key: string
  readonly cert: string
  /** What Chromium is told to trust: the hash of the public key, base64. */
  readonly fingerprint: string
}

/** A key made for this one run; nobody else's certificate is ever needed or trusted. */
export async function makeCertificate(host: string): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  })
  const spki = createPublicKey(made.cert).export({ type: 'spki', format: 'der' })
  return { key: made.private, cert: made.cert, fingerprint: createHash('sha256').update(spki).digest('base64') }
}

import { hash } from 'node:crypto'

/** How long a QR can be scanned before the page shows the next one. */
export const QR_LIFE_MS = 20_000

const codeAlphabet = '123456789ABCDEFGHJKLMNPQRSTVWXYZ'

/** A QR as the real one is built: a reference and three keys. */
export function makeQr(...key: readonly (string | number)[]): string {
  const part = (name: string) => hash('sha256', [...key, name].join('|'), 'base64')
  return `2@${part('ref')}${part('more').slice(0, 43)},${part('noise')},${part('identity')},${part('secret')},1`
}

/** A pairing code as a person types it: `ABCD-EFGH`. */
export function makePairingCode(...key: readonly (string | number)[]): string {
  const bytes = Buffer.from(hash('sha256', ['code', ...key].join('|'), 'hex'), 'hex')
  const letters = [...bytes.subarray(0, 8)].map((it) => codeAlphabet[it % codeAlphabet.length]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/** Compares codes as a person may have typed them. */
export function sameCode(a: string, b: string): boolean {
  const plain = (code: string) => code.replaceAll(/[^0-9A-Za-z]/g, '').toUpperCase()
  return plain(a) === plain(b)
}

import { createHmac, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { openKeyFile } from '@waqtor/key-file'

/** The file in the data directory without which the stored codes are worth nothing. No backup has it. */
export const KEY_FILE = 'access-key'

/**
 * The secret that codes are stored with. There are only a million codes of six digits, so a plain hash of one is found in a
 * second; with a key that is not in the database, whoever reads the database learns nothing.
 */
export class CodeKey {
  readonly #key: Buffer
  /** Tells codes of this key from those of another one. Says nothing of the key. */
  readonly id: string

  constructor(key: Buffer) {
    this.#key = key
    this.id = this.#hmac('key-id').toString('hex').slice(0, 16)
  }

  /** What is stored of a code: HMAC-SHA256. */
  digest(code: string): Buffer {
    return this.#hmac(`code:${code}`)
  }

  /**
   * Reads the key of a data directory; draws one where there is none, which makes every code of another one void.
   * @throws WaqtorError WAQ_CONFIG_INVALID when what is there is no key: it is left as it is
   */
  static async open(dataDirectory: string): Promise<{ readonly key: CodeKey; readonly drawn: boolean }> {
    const { key, drawn } = await openKeyFile(join(dataDirectory, KEY_FILE), 'every code made so far is void then')
    return { key: new CodeKey(key), drawn }
  }

  #hmac(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}

/** The entry with this digest. Looks at all of them, whichever it is, so that the time tells nothing. */
export function findDigest<T extends { readonly digest: Uint8Array }>(
  entries: readonly T[],
  digest: Uint8Array,
): T | undefined {
  let found: T | undefined
  for (const entry of entries) if (timingSafeEqual(entry.digest, digest)) found = entry
  return found
}

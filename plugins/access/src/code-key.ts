import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { chmod, lstat, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { WaqtorError } from '@waqtor/kernel'

/** The file in the data directory without which the stored codes are worth nothing. No backup has it. */
export const KEY_FILE = 'access-key'
const BYTES = 32

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
    const path = join(dataDirectory, KEY_FILE)
    const known = await read(path)
    if (known) return { key: new CodeKey(known), drawn: false }
    const fresh = randomBytes(BYTES)
    await write(path, `${fresh.toString('hex')}\n`)
    return { key: new CodeKey(fresh), drawn: true }
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

async function read(path: string): Promise<Buffer | undefined> {
  let text: string
  try {
    const found = await lstat(path)
    if (!found.isFile()) throw broken(path)
    if ((found.mode & 0o077) !== 0) await chmod(path, 0o600)
    text = (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw broken(path)
  return Buffer.from(text, 'hex')
}

/** The file has its name only when all of it is on the disk: a crash leaves no half of a key. */
async function write(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await using file = await open(draft, 'wx', 0o600)
    await file.writeFile(text)
    await file.sync()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

function broken(path: string): WaqtorError {
  const message = `'${path}' holds no key of access codes: put the right file back, or remove it; every code made so far is void then`
  return new WaqtorError('WAQ_CONFIG_INVALID', message, { phase: 'setup' })
}

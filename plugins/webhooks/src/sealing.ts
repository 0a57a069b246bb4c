import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { chmod, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The file in the data directory that opens what the database keeps sealed. */
export const KEY_FILE = 'webhooks.key'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

/** Keeps secrets in the database so that a copy of it alone is worth nothing: AES-256-GCM, the key in a file beside it. */
export class SecretBox {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  /** @param owner what it belongs to: it opens in no other place */
  seal(text: string, owner: string): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(owner))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')
  }

  /** Nothing when it was sealed with another key, for something else, or was changed since. */
  open(sealed: string, owner: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64')
    const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)]
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(owner)).setAuthTag(tag)
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      return undefined
    }
  }
}

/** The key of this data directory, drawn at the first start; nobody else may read it. */
export async function readKey(dataDirectory: string): Promise<Buffer> {
  const path = join(dataDirectory, KEY_FILE)
  const found = await read(path)
  if (found) return found
  const draft = `${path}.${randomUUID()}`
  try {
    await write(draft, randomBytes(KEY_BYTES))
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncDirectory(dataDirectory)
  return (await read(path))!
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    await chmod(path, 0o600)
    const key = Buffer.from(text.trim(), 'base64')
    if (key.byteLength === KEY_BYTES) return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  throw new Error(`${path} holds no key: put the right file back, or remove it and draw new secrets for the webhooks`)
}

async function write(path: string, key: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${key.toString('base64')}\n`)
    // What is sealed with it is worth nothing without it: it is on the disk before anything is sealed.
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

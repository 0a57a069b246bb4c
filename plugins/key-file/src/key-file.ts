import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, lstat, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { WaqtorError } from '@waqtor/kernel'

/** 256 bits: enough for HMAC-SHA256 and for AES-256. */
export const KEY_BYTES = 32
const HEX = new RegExp(`^[0-9a-f]{${KEY_BYTES * 2}}$`)

export interface OpenedKey {
  readonly key: Buffer
  /** Whether there was none, so that whatever was made with an earlier one can no longer be read. */
  readonly drawn: boolean
}

/**
 * Reads a key of 32 bytes from its file; draws one where there is no file. Only its owner may read it, and it is on the disk
 * before it is answered, so that nothing is ever sealed with a key that a power cut takes away. One caller at a time: a data
 * directory has one owner, which opens its keys as it starts.
 * @param path in a directory that exists
 * @param loss said when the file holds something else: what is lost with it
 * @throws WaqtorError WAQ_CONFIG_INVALID when what is there is no key, or no plain file; it is left as it is
 * @example const { key } = await openKeyFile(join(dataDirectory, 'webhooks-key'), 'every webhook needs a new secret then')
 */
export async function openKeyFile(path: string, loss: string): Promise<OpenedKey> {
  const known = await read(path, loss)
  if (known) return { key: known, drawn: false }
  const key = randomBytes(KEY_BYTES)
  await write(path, key)
  return { key, drawn: true }
}

async function read(path: string, loss: string): Promise<Buffer | undefined> {
  const refuse = (): never => {
    const message = `'${path}' holds no key: put the right file back, or remove it; ${loss}`
    throw new WaqtorError('WAQ_CONFIG_INVALID', message, { phase: 'setup' })
  }
  try {
    const found = await lstat(path)
    if (!found.isFile()) refuse()
    if ((found.mode & 0o077) !== 0) await chmod(path, 0o600)
    const text = (await readFile(path, 'utf8')).trim()
    return HEX.test(text) ? Buffer.from(text, 'hex') : refuse()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The file has its name only when all of it is on the disk: a crash leaves no half of a key. */
async function write(path: string, key: Buffer): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await using file = await open(draft, 'wx', 0o600)
    await file.writeFile(`${key.toString('hex')}\n`)
    await file.sync()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await using directory = await open(dirname(path))
  await directory.sync()
}

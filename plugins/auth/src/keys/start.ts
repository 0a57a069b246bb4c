import type { HostInfo } from '@waqtor/contracts'
import { type Logger, WaqtorError } from '@waqtor/kernel'
import type { Keys } from './keys.ts'
import { LOCAL_KEY_FILE, readLocalKey, writeLocalKey } from './local-key.ts'

const SHORTEST = 32

/**
 * The key that the environment asks for.
 * @throws WaqtorError when it is none that a client could send, or one that is too easy to guess
 */
export function environmentKey({ apiKey }: HostInfo['options']): string | undefined {
  if (apiKey === undefined || apiKey === '') return undefined
  const key = String(apiKey)
  if (key.length < SHORTEST) {
    throw refused(`has ${key.length} characters, and needs at least ${SHORTEST}: \`openssl rand -hex 32\` draws one`)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header cannot carry
  if (key.trim() !== key || /[\u0000-\u001f\u007f]/.test(key)) {
    throw refused('begins or ends with a space or holds control characters, which no header can carry: remove them')
  }
  return key
}

/** Sees to the keys that a start brings along: the one from the environment, and the command line's. */
export async function prepareKeys(keys: Keys, host: HostInfo, log: Logger): Promise<void> {
  const key = environmentKey(host.options)
  const outcome = key && (await keys.adopt(key))
  if (outcome === 'adopted') log.info("WAQTOR_API_KEY is an administrator's key from now on")
  if (outcome === 'revoked') log.warn('the key in WAQTOR_API_KEY was revoked and opens nothing: choose another')

  const local = await readLocalKey(host.dataDirectory)
  if (local !== undefined && keys.isLocal(local)) return
  await writeLocalKey(host.dataDirectory, await keys.drawLocal())
  log.debug('drew a key for the command line on this machine', { file: LOCAL_KEY_FILE })
}

function refused(what: string): WaqtorError {
  return new WaqtorError('WAQ_CONFIG_INVALID', `WAQTOR_API_KEY ${what}`, { phase: 'setup' })
}

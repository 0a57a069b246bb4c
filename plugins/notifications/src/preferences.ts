import type { DatabaseFile } from '@waqtor/contracts'
import { WaqtorError } from '@waqtor/kernel'
import { NotificationType, type Preferences } from './contract.ts'
import { reader, savePreferences } from './store.ts'

const standard: Preferences = { types: [...NotificationType.options], channels: [], quietHours: null }

/** What somebody wants, as it is stored; everything in the list and nothing besides where they never said. */
export function preferencesIn(json: string | null | undefined): Preferences {
  return json ? { ...standard, ...(JSON.parse(json) as Partial<Preferences>) } : standard
}

/**
 * Changes what somebody wants; what is not given stays.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) for a channel that there is not
 */
export async function changePreferences(
  file: DatabaseFile,
  userId: string,
  change: { readonly [K in keyof Preferences]?: Preferences[K] | undefined },
  available: readonly string[],
): Promise<Preferences> {
  return file.write(async (tx) => {
    const now = preferencesIn((await reader(tx, userId))?.preferences)
    const next: Preferences = {
      types: change.types ?? now.types,
      channels: [...new Set(change.channels ?? now.channels)],
      quietHours: change.quietHours === undefined ? now.quietHours : change.quietHours,
    }
    // One that was chosen earlier may be away for a while; a new one has to be there.
    const unknown = next.channels.find((it) => !available.includes(it) && !now.channels.includes(it))
    if (unknown !== undefined) throw noSuchChannel(unknown, available)
    await savePreferences(tx, userId, JSON.stringify(next), next.channels.length > 0)
    return next
  })
}

function noSuchChannel(name: string, available: readonly string[]): WaqtorError {
  const message = `there is no channel '${name}'; ${available.length > 0 ? `there are: ${available.join(', ')}` : 'no plugin brings one'}`
  return new WaqtorError('WAQ_INPUT_INVALID', message, { details: { errors: [{ path: 'channels', message }] } })
}

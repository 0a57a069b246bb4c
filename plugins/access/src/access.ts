import type { Database, EventLog } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import { CodeKey, KEY_FILE } from './code-key.ts'
import { CodeStore } from './code-store.ts'
import { Codes } from './codes.ts'
import type { Config } from './config.ts'
import type { FeatureTable } from './feature-table.ts'
import { networkOf } from './network.ts'
import type { Opened } from './opened.ts'
import { Openings } from './openings.ts'
import { type RequestsOptions, requestFeature } from './requests.ts'
import { Subscriptions } from './subscriptions.ts'
import { ofNetwork, ofUser, triesStore } from './tries-store.ts'
import { Verification } from './verification.ts'

export interface AccessOptions {
  readonly database: Database
  readonly events: EventLog
  readonly dataDirectory: string
  readonly log: Logger
  readonly config: Config
  readonly table: FeatureTable
  readonly opened: Opened
  /** Told when something else is open to somebody than before. */
  readonly changed: (userId: string) => void
  readonly now: () => number
}

export type Access = Awaited<ReturnType<typeof openAccess>>

/** Opens the host's file and the key, and brings into memory what is open to whom. */
export async function openAccess(options: AccessOptions) {
  const { database, events, dataDirectory, log, config, table, opened, changed, now } = options
  const file = await database.open('host')
  const { key, drawn } = await CodeKey.open(dataDirectory)
  const store = new CodeStore(file)
  const voided = drawn ? await store.countVoid(key.id, now()) : 0
  if (voided > 0)
    log.warn('the key of the access codes was gone and is drawn anew: codes made before open nothing any more', {
      file: KEY_FILE,
      codes: voided,
    })

  const openings = new Openings(file, opened, changed, now)
  await openings.load()
  const codes = new Codes({ file, store, openings, key, table, codeLength: config.codeLength, now })
  await codes.load()
  const requests: RequestsOptions = { file, events, table, now }
  return {
    codes,
    openings,
    subscriptions: new Subscriptions(file, openings, table, now),
    verification: new Verification({
      file,
      events,
      store,
      openings,
      opened,
      key,
      table,
      codeLength: codes.lengthFor,
      now,
    }),
    request: (userId: string, input: Parameters<typeof requestFeature>[2]) => requestFeature(requests, userId, input),
    /** Forgets wrong tries. Answers how many of the two had some. */
    clear: (userId?: string, address?: string): Promise<number> => {
      const who = [
        ...(userId === undefined ? [] : [ofUser(userId)]),
        ...(address === undefined ? [] : [ofNetwork(networkOf(address))]),
      ]
      return file.write((tx) => triesStore.clear(tx, who))
    },
  }
}

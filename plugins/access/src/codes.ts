import { type DatabaseFile, fail } from '@waqtor/contracts'
import { newId, WaqtorError, type z } from '@waqtor/kernel'
import { drawCode } from './code.ts'
import { type CodeKey, findDigest } from './code-key.ts'
import type { CodeRecord, CodeStore } from './code-store.ts'
import type { AccessCode, createCode } from './contract/codes.ts'
import type { CodeLength, Features } from './contract/features.ts'
import type { FeatureTable } from './feature-table.ts'
import type { Openings } from './openings.ts'

const HOUR_MS = 3_600_000
/**
 * Codes that anybody may use, at once: each makes a guess more likely to be right. With so many of them a day's 25 guesses
 * succeed with a chance of 0.25 % at six digits, and of 2.5 % at four.
 */
const MOST_FOR_ANYBODY: Readonly<Record<CodeLength, number>> = { 4: 10, 6: 100 }
/** Codes for one person, at once; nobody else can guess those. */
const MOST_FOR_SOMEBODY = 1_000

export interface CodesOptions {
  readonly file: DatabaseFile
  readonly store: CodeStore
  readonly openings: Openings
  readonly key: CodeKey
  readonly table: FeatureTable
  readonly codeLength: CodeLength
  readonly now: () => number
}

/** The access codes: made, listed and revoked by administrators. */
export class Codes {
  readonly #options: CodesOptions
  readonly #lengths = new Map<string, CodeLength>()

  constructor(options: CodesOptions) {
    this.#options = options
  }

  /** Learns how long the codes are that were made so far. */
  async load(): Promise<void> {
    for (const { features, length } of await this.#options.store.lengths()) this.#note(features, length)
  }

  /** How many digits a feature's codes have: as many as the newest one, good or not, so that it tells nothing of the others. */
  readonly lengthFor = (feature: string): CodeLength => this.#lengths.get(feature) ?? this.#options.codeLength

  /** @throws WaqtorError WAQ_INPUT_INVALID for an unknown feature, WAQ_CONFLICT when there are too many codes */
  async create(by: string, input: z.output<typeof createCode.input>): Promise<AccessCode & { readonly code: string }> {
    const { file, store, key, table, codeLength, now } = this.#options
    const { features, uses, lifeHours, opensForHours, length = codeLength, userId = null, note } = input
    demandKnown(features, table)
    const { code, record } = await file.write(async (tx) => {
      const createdAt = now()
      const active = await store.active(tx, key.id, createdAt)
      demandRoom(active, length, userId)
      // No two codes are alike while both are good: a code says by itself which one it is.
      let code = drawCode(length)
      while (findDigest(active, key.digest(code))) code = drawCode(length)
      const record: CodeRecord = {
        id: newId('cod'),
        digest: key.digest(code),
        keyId: key.id,
        length,
        features: features === 'all' ? 'all' : [...new Set(features)],
        userId,
        uses,
        used: 0,
        opensMs: opensForHours === null ? null : Math.round(opensForHours * HOUR_MS),
        note,
        createdAt,
        createdBy: by,
        expiresAt: createdAt + Math.round(lifeHours * HOUR_MS),
        revokedAt: null,
      }
      await store.add(tx, record)
      tx.afterCommit(() => this.#note(record.features, length))
      return { code, record }
    })
    return { ...this.#shown(record), code }
  }

  async list(cursor: string, limit: number): Promise<{ items: AccessCode[]; nextCursor: string | null }> {
    const records = await this.#options.store.page(cursor, limit)
    return {
      items: records.map((it) => this.#shown(it)),
      nextCursor: records.length === limit ? records.at(-1)!.id : null,
    }
  }

  /** Ends a code and closes what it has opened. @throws WaqtorError WAQ_NOT_FOUND */
  async revoke(id: string): Promise<AccessCode> {
    const { file, store, openings, now } = this.#options
    return file.write(async (tx) => {
      await store.revoke(tx, id, now())
      const record = await store.get(id, tx)
      if (!record) throw fail('WAQ_NOT_FOUND', `there is no access code '${id}'`)
      await openings.closeCode(tx, id)
      return this.#shown(record)
    })
  }

  #note(features: Features, length: CodeLength): void {
    for (const it of features === 'all' ? this.#options.table.gated : features) this.#lengths.set(it, length)
  }

  #shown(record: CodeRecord): AccessCode {
    const { id, userId, length, uses, used, opensMs, note, createdAt, createdBy, expiresAt, revokedAt } = record
    const features = record.features === 'all' ? record.features : [...record.features]
    const opensForHours = opensMs === null ? null : opensMs / HOUR_MS
    const state = this.#stateOf(record)
    return {
      id,
      features,
      userId,
      length,
      uses,
      used,
      opensForHours,
      note,
      createdAt,
      createdBy,
      expiresAt,
      revokedAt,
      state,
    }
  }

  #stateOf({ revokedAt, used, uses, expiresAt, keyId }: CodeRecord): AccessCode['state'] {
    if (revokedAt !== null) return 'revoked'
    if (used >= uses) return 'used'
    if (expiresAt <= this.#options.now()) return 'expired'
    return keyId === this.#options.key.id ? 'active' : 'void'
  }
}

/** @throws WaqtorError WAQ_CONFLICT (409) */
function demandRoom(active: readonly CodeRecord[], length: CodeLength, userId: string | null): void {
  const free = active.filter((it) => it.userId === null && it.length === length).length
  const own = active.filter((it) => it.userId !== null).length
  if (userId === null && free >= MOST_FOR_ANYBODY[length]) {
    const message = `there are ${free} good codes of ${length} digits that anybody may use: revoke some, or name the user`
    throw fail('WAQ_CONFLICT', message)
  }
  if (userId !== null && own >= MOST_FOR_SOMEBODY)
    throw fail('WAQ_CONFLICT', `there are ${own} good codes for single users: revoke some`)
}

/** @throws WaqtorError WAQ_INPUT_INVALID (400) naming the first feature that the config does not have */
export function demandKnown(features: Features, table: FeatureTable): void {
  if (features === 'all') return
  const index = features.findIndex((it) => !table.has(it))
  if (index === -1) return
  const message = `there is no feature '${features[index]}'; there are ${table.names.join(', ') || 'none'}`
  throw new WaqtorError('WAQ_INPUT_INVALID', message, {
    details: { errors: [{ path: `features.${index}`, message }] },
  })
}

import type { DatabaseFile } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import { Fields, languageTag, Name, type Rejected, Tag } from '../contract.ts'
import type { Person } from './rows.ts'
import { previewUpsert, tooManyFields, type UpsertOptions, upsertMany } from './upsert.ts'

/** A line of a file, read and with its number normalised. */
export interface ImportRow {
  readonly line: number
  readonly chatId: string
  readonly name: string
  readonly language: string | null
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, string>>
  /** As the file says it; `null` where it says nothing. */
  readonly consent?: { readonly text: string; readonly source: string; readonly at: number | null } | null
}

/** What a reader of files gives at a time. */
export interface ImportBatch {
  readonly rows: readonly ImportRow[]
  readonly rejected: readonly Rejected[]
  readonly duplicates: readonly unknown[]
}

export interface ImportOptions extends Omit<UpsertOptions, 'now'> {
  /** For everybody. */
  readonly tags: readonly string[]
  /** For everybody of whom the file says nothing. */
  readonly consent: Person['consent']
  /** Changes nothing. */
  readonly preview: boolean
  readonly signal: AbortSignal
  /** Told of every line that cannot be used, in order. */
  readonly reject: (rejected: Rejected) => void | Promise<void>
}

export interface Imported {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly duplicates: number
  readonly rejectedCount: number
}

/** What a cell may be, whoever read it. */
const Known = z.object({ name: Name, tags: z.array(Tag).max(64), fields: Fields })

/** So many people share a transaction: it keeps others waiting for some 30 ms. */
const BATCH = 2_000

/**
 * Takes what a reader of files gives into the contacts, transaction by transaction. Breaking off leaves what is written;
 * the same file once more changes nothing that is there.
 */
export async function storeImport(
  file: DatabaseFile,
  batches: AsyncIterable<ImportBatch>,
  { tags, consent, preview, signal, reject, ...options }: ImportOptions,
): Promise<Imported> {
  const sum = { created: 0, updated: 0, unchanged: 0, duplicates: 0, rejectedCount: 0 }
  const languageOf = rememberedLanguages()
  const refuse = async (rejected: Rejected) => {
    sum.rejectedCount++
    await reject(rejected)
  }
  for await (const { rows, rejected, duplicates } of batches) {
    sum.duplicates += duplicates.length
    for (const it of rejected) await refuse(it)
    for (let at = 0; at < rows.length; at += BATCH) {
      signal.throwIfAborted()
      const lines = new Map<string, number>()
      const persons: Person[] = []
      for (const row of rows.slice(at, at + BATCH)) {
        const { success, data, error } = Known.safeParse(row)
        if (!success) await refuse({ line: row.line, value: row.chatId, reason: faultOf(error) })
        else persons.push(toPerson({ ...row, ...data }, { tags, consent, languageOf }))
        lines.set(row.chatId, row.line)
      }
      const done = preview
        ? await previewUpsert(file, persons, options)
        : await file.write((tx) => upsertMany(tx, persons, { ...options, now: Date.now() }))
      sum.created += done.created
      sum.updated += done.updated
      sum.unchanged += done.unchanged
      for (const it of done.refused) await refuse({ line: lines.get(it)!, value: it, reason: tooManyFields })
    }
  }
  return sum
}

/** Where a cell is not what a contact may have, and why. */
function faultOf({ issues }: z.ZodError): string {
  const [{ path, message } = { path: [], message: 'cannot be used' }] = issues
  return `${path.map(String).join('.')}: ${message}`
}

/** Files have the same few languages over and over, and to check one is slow. */
function rememberedLanguages(): (text: string) => string | null {
  const known = new Map<string, string | null>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const tag = languageTag(text) ?? null
    if (known.size < 1_000) known.set(text, tag)
    return tag
  }
}

function toPerson(
  row: ImportRow,
  {
    tags,
    consent,
    languageOf,
  }: Pick<ImportOptions, 'tags' | 'consent'> & { readonly languageOf: (text: string) => string | null },
): Person {
  return {
    chatId: row.chatId,
    name: row.name,
    language: languageOf(row.language ?? ''),
    tags: [...new Set([...row.tags, ...tags])],
    // An empty cell says nothing.
    fields: Object.fromEntries(Object.entries(row.fields).filter(([, value]) => value !== '')),
    consent: row.consent
      ? { ...row.consent, source: row.consent.source || 'import', at: row.consent.at ?? Date.now() }
      : consent,
  }
}

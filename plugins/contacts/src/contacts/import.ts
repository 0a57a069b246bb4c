import type { DatabaseFile } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import type { ImportBatch, ImportRow, RejectedRow } from '@waqtor/tabular'
import { ConsentInput, Fields, languageTag, Name, Tag } from '../contract.ts'
import { optedOutColumn } from './export.ts'
import type { Person } from './rows.ts'
import { previewUpsert, tooManyFields, type UpsertOptions, upsertMany } from './upsert.ts'

export interface ImportOptions extends Omit<UpsertOptions, 'now'> {
  /** For everybody. */
  readonly tags: readonly string[]
  /** For everybody of whom the file says nothing; who refuses in the file has none. */
  readonly consent: Person['consent']
  /** Changes nothing. */
  readonly preview: boolean
  readonly signal: AbortSignal
  /** Told of every line that cannot be used, in order, with its cells as they stand in the file. */
  readonly reject: (columns: readonly string[], rows: readonly RejectedRow[]) => void | Promise<void>
}

export interface Imported {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly duplicates: number
  readonly rejectedCount: number
}

/** What a cell may be, whoever read it. */
const Known = z.object({
  name: Name,
  tags: z.array(Tag).max(64),
  fields: Fields,
  consent: ConsentInput.required().nullable(),
})

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
  const read = reader({ tags, consent })
  for await (const { columns, rows, rejected, duplicates } of batches) {
    const refused: RejectedRow[] = [...rejected]
    for (let at = 0; at < rows.length; at += BATCH) {
      signal.throwIfAborted()
      const sources = new Map<string, ImportRow>()
      const persons: Person[] = []
      for (const row of rows.slice(at, at + BATCH)) {
        const person = read(row)
        if (typeof person === 'string') refused.push(refusal(row, person))
        else persons.push(person)
        sources.set(row.chatId, row)
      }
      const done = preview
        ? await previewUpsert(file, persons, options)
        : await file.write((tx) => upsertMany(tx, persons, { ...options, now: Date.now() }))
      sum.created += done.created
      sum.updated += done.updated
      sum.unchanged += done.unchanged
      for (const it of done.refused) refused.push(refusal(sources.get(it)!, tooManyFields))
    }
    sum.duplicates += duplicates.length
    sum.rejectedCount += refused.length
    await reject(
      columns,
      refused.toSorted((a, b) => a.line - b.line),
    )
  }
  return sum
}

function refusal({ line, chatId, raw }: ImportRow, reason: string): RejectedRow {
  return { line, value: chatId, reason, raw }
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

/** Makes a person of a row, or says why it is none. */
function reader({ tags, consent }: Pick<ImportOptions, 'tags' | 'consent'>): (row: ImportRow) => Person | string {
  const languageOf = rememberedLanguages()
  return (row) => {
    if (row.chatId.endsWith('@g.us')) return `'${row.chatId}' is a group; contacts are people`
    const said = typeof row.consent === 'object' ? row.consent : null
    const { success, data, error } = Known.safeParse({
      name: row.name,
      tags: row.tags,
      // An empty cell says nothing.
      fields: Object.fromEntries(
        Object.entries(row.fields).filter(([name, value]) => value !== '' && name !== optedOutColumn),
      ),
      consent: said && { text: said.text, source: said.source || 'import', at: said.at ?? Date.now() },
    })
    if (!success) return faultOf(error)
    return {
      ...data,
      chatId: row.chatId,
      language: languageOf(row.language ?? ''),
      tags: [...new Set([...data.tags, ...tags])],
      consent: row.consent === null ? consent : data.consent,
    }
  }
}

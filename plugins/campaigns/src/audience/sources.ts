import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, type Messaging } from '@waqtor/contracts'
import { type Call, messageOf, type z } from '@waqtor/kernel'
import type { CountryCode } from '@waqtor/phone-numbers'
import { importRows, previewTable, RejectedFile } from '@waqtor/tabular'
import type { Services } from '../context.ts'
import type { FileInput, RecipientInput, Rejected } from '../contract.ts'
import type { Addressee } from './prepare.ts'

/** People from a list or a file, some at a time. */
export interface Batch {
  readonly addressees: readonly Addressee[]
  readonly rejected: readonly Rejected[]
  /** Folded into one person already. */
  readonly duplicates: number
  /** Told of those of the batch that turned out not to be usable for this message. */
  reject?(more: readonly Rejected[]): Promise<void>
}

/** Where recipients come from: batches, and in the end the file of what could not be used. */
export interface Source {
  batches(): AsyncIterable<Batch>
  rejectedFileId(): Promise<string | null>
  /** It came to nothing: the file is of no use. */
  discard(): Promise<void>
}

export interface Given {
  readonly recipients: readonly z.output<typeof RecipientInput>[]
  readonly file?: z.output<typeof FileInput> | undefined
}

const batchSize = 2_000

/** Everybody that a caller has named, in one way or another. */
export function sourceOf({ recipients, file }: Given, services: Services, call: Call): Source {
  const rejected = new RejectedFile(services.files, { filename: 'rejected.csv', owner: call.principal })
  return {
    async *batches() {
      if (file) yield* fromFile(file, rejected, services, call)
      yield* fromList(recipients, services.messaging)
    },
    rejectedFileId: async () => (await rejected.finish())?.fileId ?? null,
    async discard() {
      const file = await rejected.finish().catch(() => undefined)
      if (file) await services.files?.remove(file.fileId)
    },
  }
}

function* fromList(recipients: Given['recipients'], messaging: Messaging): Generator<Batch> {
  for (let at = 0; at < recipients.length; at += batchSize) {
    const addressees: Addressee[] = []
    const rejected: Rejected[] = []
    recipients.slice(at, at + batchSize).forEach((it, i) => {
      const { to, variables, language = null } = typeof it === 'string' ? { to: it, variables: {} } : it
      const line = at + i + 1
      try {
        addressees.push({ line, value: to, chatId: messaging.normalizeChatId(to), variables, language })
      } catch (error) {
        rejected.push({ line, value: to, reason: messageOf(error) })
      }
    })
    yield { addressees, rejected, duplicates: 0 }
  }
}

async function* fromFile(
  { csv, fileId, phoneColumn }: NonNullable<Given['file']>,
  rejects: RejectedFile,
  services: Services,
  call: Call,
): AsyncGenerator<Batch> {
  if (csv === undefined) {
    if (!services.files)
      throw fail('WAQ_NOT_FOUND', "uploaded files need the 'files' plugin, which this config does not have")
    const { path, filename } = await services.files.open(fileId!, call.principal)
    yield* fromPath({ path, filename }, phoneColumn, rejects, services, call)
    return
  }
  const directory = await mkdtemp(join(tmpdir(), 'waqtor-list-'))
  try {
    const path = join(directory, 'list.csv')
    await writeFile(path, csv, { mode: 0o600 })
    yield* fromPath({ path, filename: 'list.csv' }, phoneColumn, rejects, services, call)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** All columns become variables, under the names that the file gives them. */
async function* fromPath(
  { path, filename }: { readonly path: string; readonly filename: string },
  phone: string | undefined,
  rejects: RejectedFile,
  { messaging }: Services,
  call: Call,
): AsyncGenerator<Batch> {
  const { table, mapping: found } = await previewTable(path, { filename, mapping: { phone } }, 1)
  const { columns } = table
  // What a column is called settles what it is for; all the same each of them is a variable.
  const roles = { phone: found?.phone, name: found?.name, language: found?.language }
  const fields = Object.fromEntries(columns.map((it) => [it, it]))
  const options = {
    filename,
    mapping: { ...roles, fields },
    defaultCountry: messaging.defaultCountry as CountryCode | undefined,
    signal: call.signal,
  }
  for await (const { rows, rejected, duplicates } of importRows(path, options)) {
    await rejects.add(columns, rejected)
    yield {
      addressees: rows.map(({ line, chatId, name, language, fields }) => {
        const variables = name === '' ? fields : { name, ...fields }
        return { line, value: chatId, chatId, variables, language }
      }),
      rejected: rejected.map(({ line, value, reason }) => ({ line, value, reason })),
      duplicates: duplicates.length,
      async reject(more) {
        const byLine = new Map(rows.map((it) => [it.line, it]))
        await rejects.add(
          columns,
          more.map(({ line, reason }) => ({ line, reason, raw: byLine.get(line)!.raw })),
        )
      },
    }
  }
}

import { fail, type Messaging } from '@waqtor/contracts'
import { type Call, messageOf, type z } from '@waqtor/kernel'
import type { Services } from '../context.ts'
import type { FileInput, Rejected, RecipientInput } from '../contract.ts'
import { parseRecipients } from '../recipients-csv.ts'
import type { Addressee } from './prepare.ts'

/** People from a list or a file, some at a time. */
export interface Batch {
  readonly addressees: readonly Addressee[]
  readonly rejected: readonly Rejected[]
  /** Folded into one person already. */
  readonly duplicates: number
  /** Notes more of the batch as not usable; answers the file in which all such lines are. */
  readonly reject?: (more: readonly Rejected[]) => Promise<string | null>
}

export interface Given {
  readonly recipients: readonly z.output<typeof RecipientInput>[]
  readonly file?: z.output<typeof FileInput> | undefined
}

const batchSize = 2_000

/** Everybody that a caller has named, in one way or another. */
export async function* inBatches({ recipients, file }: Given, services: Services, call: Call): AsyncGenerator<Batch> {
  if (file?.csv !== undefined) {
    const { rows, rejected } = parseRecipients(file.csv, file.phoneColumn)
    yield { addressees: [], rejected, duplicates: 0 }
    yield* split(rows.map((it) => ({ ...it, language: null })), services.messaging)
  }
  if (file?.fileId !== undefined) yield* fromFile(file.fileId, file.phoneColumn, services, call)
  yield* split(
    recipients.map((it, i) => {
      if (typeof it === 'string') return { line: i + 1, to: it, variables: {}, language: null }
      return { line: i + 1, to: it.to, variables: it.variables, language: it.language ?? null }
    }),
    services.messaging,
  )
}

interface Named extends Pick<Addressee, 'line' | 'variables' | 'language'> {
  /** In any writing. */
  readonly to: string
}

function* split(all: readonly Named[], messaging: Messaging): Generator<Batch> {
  for (let at = 0; at < all.length; at += batchSize) yield normalized(all.slice(at, at + batchSize), messaging)
}

function normalized(named: readonly Named[], messaging: Messaging): Batch {
  const addressees: Addressee[] = []
  const rejected: Rejected[] = []
  for (const { line, to, variables, language } of named) {
    try {
      addressees.push({ line, value: to, chatId: messaging.normalizeChatId(to), variables, language })
    } catch (error) {
      rejected.push({ line, value: to, reason: messageOf(error) })
    }
  }
  return { addressees, rejected, duplicates: 0 }
}

async function* fromFile(
  _fileId: string,
  _phoneColumn: string | undefined,
  { files }: Services,
  _call: Call,
): AsyncGenerator<Batch> {
  if (!files) throw fail('WAQ_NOT_FOUND', "uploaded files need the 'files' plugin, which this config does not have")
}

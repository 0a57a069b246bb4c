import { type DatabaseFile, type Files, fail } from '@waqtor/contracts'
import type { Call, z } from '@waqtor/kernel'
import type { CountryCode } from '@waqtor/phone-numbers'
import { importRows, previewTable, RejectedFile, type TableOptions, writeTable, writeToFiles } from '@waqtor/tabular'
import { requireAudience } from '../audiences/audiences.ts'
import type * as contract from '../contract.ts'
import { contactRows, optedOutColumn } from './export.ts'
import { storeImport } from './import.ts'

export interface TransferOptions {
  readonly files: (instance: string) => Promise<DatabaseFile>
  /** Where files are handed in and fetched, where there is such a plugin. */
  readonly store: Files | undefined
  /** Country of numbers without a country code, as ISO 3166. */
  readonly defaultCountry: string | undefined
}

type ImportInput = z.output<typeof contract.importContacts.input>
type Imported = z.input<typeof contract.importContacts.output>
type PreviewInput = z.output<typeof contract.previewFile.input>
type ExportInput = z.output<typeof contract.exportContacts.input>

/** Rejected lines that stand in the answer itself; all of them are in the file. */
const shown = 100

/** Contacts that come from files and go into files. */
export class Transfer {
  readonly #options: TransferOptions

  constructor(options: TransferOptions) {
    this.#options = options
  }

  async preview({ fileId, columns, rows, ...told }: PreviewInput, call: Call) {
    const { path, filename } = await this.#store().open(fileId, call.principal)
    const options = { filename, ...howToRead(told), mapping: columns, ...this.#country() }
    const { table, mapping, rows: people, rejected } = await previewTable(path, options, rows)
    const { format: found, encoding, delimiter, sheet, columns: all } = table
    return {
      format: found,
      encoding,
      delimiter,
      sheet,
      columns: [...all],
      mapping: mapping && { ...mapping },
      people: people.map(({ line, chatId, name, language, tags, fields }) => ({
        line,
        chatId,
        name,
        language,
        tags: [...tags],
        fields,
      })),
      rejected: rejected.map(({ line, value, reason }) => ({ line, value, reason })),
    }
  }

  /** Breaking off leaves what is written; the same file once more changes nothing that is there. */
  async import(input: ImportInput, call: Call): Promise<Imported> {
    const { instance, fileId, columns, onDuplicate, tags, audienceId, consent, preview } = input
    const store = this.#store()
    const source = await store.open(fileId, call.principal)
    const file = await this.#options.files(instance)
    const audience = audienceId === undefined ? undefined : (await requireAudience(file, audienceId)).id
    // What changes nothing leaves no file behind either.
    await using all = new RejectedFile(preview ? undefined : store, { filename: 'rejected.csv', owner: call.principal })
    const { signal } = call
    const options = {
      filename: source.filename,
      ...howToRead(input),
      mapping: columns,
      signal,
      ...this.#country(),
    }
    const rejected: Imported['rejected'] = []
    const counts = await storeImport(file, importRows(source.path, options), {
      onDuplicate,
      audience,
      tags,
      consent: consent ? { ...consent, at: consent.at ?? Date.now() } : null,
      preview,
      signal,
      reject: async (columns, rows) => {
        const some = rows.slice(0, shown - rejected.length)
        rejected.push(...some.map(({ line, value, reason }) => ({ line, value, reason })))
        await all.add(columns, rows)
      },
    })
    return { ...counts, rejected, rejectedFileId: (await all.finish())?.fileId ?? null }
  }

  async export({ instance, format, filter }: ExportInput, call: Call) {
    const file = await this.#options.files(instance)
    const names = new Set<string>()
    // The columns stand above the rows, so that who has which field is asked first.
    for await (const page of contactRows(file, filter))
      for (const it of page) for (const name of Object.keys(it.fields)) names.add(name)
    const fields = [...names].sort()
    let contacts = 0
    async function* rows(): AsyncGenerator<readonly string[]> {
      for await (const page of contactRows(file, filter)) {
        call.signal.throwIfAborted()
        for (const it of page) {
          contacts++
          yield [
            it.chatId.endsWith('@c.us') ? `+${it.chatId.slice(0, -5)}` : it.chatId,
            it.name,
            it.language ?? '',
            it.tags.join(';'),
            // An import takes an empty cell for silence.
            it.consent ? it.consent.text || 'yes' : '',
            it.consent?.source ?? '',
            it.consent ? new Date(it.consent.at).toISOString() : '',
            it.optedOutAt === null ? '' : new Date(it.optedOutAt).toISOString(),
            ...fields.map((name) => it.fields[name] ?? ''),
          ]
        }
      }
    }
    const columns = ['phone', 'name', 'language', 'tags', 'consent', 'consent source', 'consent at', optedOutColumn]
    const { fileId, filename, bytes } = await writeToFiles(
      this.#store(),
      { filename: `contacts.${format}`, owner: call.principal },
      (to) => writeTable(to, format, [...columns, ...fields], rows()),
    )
    return { fileId, filename, bytes, contacts }
  }

  #country() {
    const { defaultCountry } = this.#options
    return defaultCountry === undefined ? {} : { defaultCountry: defaultCountry as CountryCode }
  }

  #store(): Files {
    const { store } = this.#options
    if (store) return store
    throw fail('WAQ_NOT_FOUND', "imports and exports need the 'files' plugin, which this config does not have")
  }
}

/** What somebody told about a file; the rest is found out. */
function howToRead({ format, encoding, delimiter, sheet }: TableOptions): TableOptions {
  return { format, encoding, delimiter, sheet }
}

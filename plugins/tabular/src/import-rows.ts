import { fail } from '@waqtor/contracts/fail'
import { startThread } from '@waqtor/contracts/thread'
import type { CountryCode } from '@waqtor/phone-numbers'
import type { WantedMapping } from './mapping.ts'
import type { ImportBatch } from './people.ts'
import { invalidTable, type TableOptions } from './table.ts'

export interface ImportOptions extends TableOptions {
  readonly mapping?: WantedMapping | undefined
  /** Country of numbers without a country code, as ISO 3166: EG. */
  readonly defaultCountry?: CountryCode | undefined
}

/** What the thread gets. */
export interface ImportTask {
  readonly path: string
  readonly options: ImportOptions
}

/** What the thread says. */
export type ImportMessage =
  /** A batch as JSON: one string goes over to another thread faster than thousands of small objects. */
  | { readonly kind: 'batch'; readonly json: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'invalid'; readonly message: string }

/** Batches that are made before somebody asks for them. */
export const batchesAhead = 2

/** Enough for the texts of a big XLSX file; what needs more ends the thread and not the host. */
const memoryMb = 512
/** Rows live shortly, and a bigger nursery only makes the process bigger. */
const youngMb = 2

/**
 * Reads a file of people in a thread of its own, in batches of about 1,000 rows: decodes, maps the columns, makes chat ids
 * of the numbers, and takes everybody once. It waits when nobody asks for more. Leaving the loop, or the signal, ends it.
 * @throws WaqtorError WAQ_TABLE_INVALID (400), with the line where there is one · WAQ_IMPORT_FAILED (500) when the file
 *   cannot be read or the thread breaks down · the reason of the signal
 * @example for await (const { rows, rejected, duplicates } of importRows('people.csv', { defaultCountry: 'EG' })) …
 */
export async function* importRows(
  path: string,
  options: ImportOptions & { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ImportBatch> {
  const { signal, ...rest } = options
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  yield* batchesOf(new URL(`./import-thread.${extension}`, import.meta.url), { path, options: rest }, signal)
}

/** As `importRows`, with any thread that speaks as `import-thread.ts` does. */
export async function* batchesOf(
  thread: URL,
  task: ImportTask,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImportBatch> {
  signal?.throwIfAborted()
  const worker = startThread(thread, {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: youngMb, maxOldGenerationSizeMb: memoryMb },
  })
  const messages: ImportMessage[] = []
  let failure: Error | undefined
  let wake = () => {}
  const stopped = (error: Error) => {
    failure ??= error
    wake()
  }
  const aborted = () => stopped(signal?.reason as Error)
  worker.on('message', (message: ImportMessage) => {
    messages.push(message)
    wake()
  })
  worker.on('error', (cause) => stopped(broken(task.path, cause.message, cause)))
  worker.on('exit', () => stopped(broken(task.path, 'the thread ended without an answer')))
  signal?.addEventListener('abort', aborted)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const message = messages.shift()
      if (!message) {
        if (failure) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      if (message.kind === 'end') return
      if (message.kind === 'invalid') throw invalidTable(message.message)
      worker.postMessage('more')
      yield JSON.parse(message.json) as ImportBatch
    }
  } finally {
    signal?.removeEventListener('abort', aborted)
    await worker.terminate()
  }
}

function broken(path: string, why: string, cause?: unknown): Error {
  return fail('WAQ_IMPORT_FAILED', `'${path}' was not read to its end: ${why}`, cause === undefined ? {} : { cause })
}

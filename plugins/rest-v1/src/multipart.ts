import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Busboy } from '@fastify/busboy'
import type { HttpRequest } from '@waqtor/contracts'
import { invalidInput } from '@waqtor/http-input'
import { isWaqtorError, WaqtorError } from '@waqtor/kernel'
import { restV1ErrorCodes } from './error-codes.ts'

/** The file of a form while it arrives. */
export interface FormFile {
  /** As the client calls it; for showing only. */
  readonly filename: string
  /** Must be read to its end, or left by throwing. */
  readonly content: AsyncIterable<Uint8Array>
}

export interface Form<T> {
  readonly fields: Readonly<Record<string, string>>
  /** What was made of the file; absent when there was none. */
  readonly file: T | undefined
}

const limits = {
  files: 1,
  fields: 50,
  parts: 51,
  fieldNameSize: 100,
  fieldSize: 70_000,
  headerPairs: 20,
  headerSize: 8_000,
}

/**
 * Reads a form with one file, which is handed on while it arrives: no more of it is in memory than a piece.
 * @param take what is done with the file; when it fails, the rest of the form is not read
 * @throws WaqtorError WAQ_FORM_EXPECTED (415), WAQ_INPUT_INVALID (400), WAQ_BODY_TOO_LARGE (413), and what `take` throws
 */
export async function readForm<T>(
  http: HttpRequest,
  limitBytes: number,
  take: (file: FormFile) => Promise<T>,
): Promise<Form<T>> {
  const parser = await parserFor(http.headers.get('content-type') ?? '')
  const fields: Record<string, string> = Object.create(null)
  const stop = new AbortController()
  let content: Readable | undefined
  let taking: Promise<T> | undefined
  /** The first thing that was wrong; what fails because of it is not worth telling. */
  let wrong: unknown
  const refuse = (reason: unknown) => {
    wrong ??= reason
    stop.abort()
  }

  parser.on('field', (name: string, value: string, nameTruncated: boolean, valueTruncated: boolean) => {
    if (nameTruncated || valueTruncated) refuse(invalidInput(name, 'is too long for a field of a form'))
    else fields[name] = value
  })
  parser.on('file', (_: string, arriving: Readable, filename: string | undefined) => {
    content = arriving
    // Told to whoever reads it; where nobody does any more, it must not bring the process down.
    arriving.on('error', () => {})
    taking = take({ filename: filename || 'file', content: arriving })
    taking.catch(refuse)
  })
  parser.on('filesLimit', () => refuse(invalidInput('file', 'a request takes one file')))
  for (const event of ['fieldsLimit', 'partsLimit'])
    parser.on(event, () => refuse(invalidInput('file', `a form has at most ${limits.fields} fields`)))

  try {
    await pipeline(Readable.from(http.stream(limitBytes)), parser, { signal: stop.signal })
    const file = await taking
    if (wrong !== undefined) throw wrong
    return { fields, file }
  } catch (error) {
    const first = wrong ?? error
    // The parser leaves it open, and whoever reads it would wait for ever.
    content?.destroy()
    await taking?.catch(() => {})
    if (isWaqtorError(first)) throw first
    throw invalidInput('file', 'the form cannot be read to its end: it is malformed or broke off')
  }
}

async function parserFor(type: string): Promise<InstanceType<typeof Busboy>> {
  const expected = (message: string) => {
    const { status, fix } = restV1ErrorCodes.WAQ_FORM_EXPECTED
    return new WaqtorError('WAQ_FORM_EXPECTED', message, { status, details: { fix } })
  }
  if (!/^multipart\/form-data\s*;/i.test(type)) throw expected('a file is sent as multipart/form-data')
  // Loaded by the first form, since most clients never send one.
  const { Busboy } = await import('@fastify/busboy')
  try {
    return new Busboy({ headers: { 'content-type': type }, limits })
  } catch {
    throw expected('the Content-Type of the form has no boundary')
  }
}

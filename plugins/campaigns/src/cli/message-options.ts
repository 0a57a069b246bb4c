import { readFile } from 'node:fs/promises'
import type { CliIo } from '@waqtor/contracts'
import { UsageError, wholeNumber } from '@waqtor/contracts/cli-usage'
import { messageOf } from '@waqtor/kernel'

/** What `create` and `run` take, for `parseArgs`. */
export const campaignOptions = {
  template: { type: 'string', short: 't' },
  'template-id': { type: 'string' },
  language: { type: 'string', multiple: true },
  name: { type: 'string' },
  'phone-column': { type: 'string' },
  audience: { type: 'string' },
  at: { type: 'string' },
  zone: { type: 'string' },
  late: { type: 'string' },
  'in-flight': { type: 'string' },
  gap: { type: 'string' },
  'per-hour': { type: 'string' },
  'per-day': { type: 'string' },
  hours: { type: 'string' },
  courtesy: { type: 'string' },
  'on-unknown': { type: 'string' },
  instance: { type: 'string', default: 'default' },
} as const

export type CampaignValues = { readonly [K in keyof typeof campaignOptions]?: string | string[] | undefined }

/** Turns the options into the input of `campaigns.create`, but for the people. The server checks the rest. */
export async function campaignInput(values: CampaignValues, io: CliIo): Promise<Record<string, unknown>> {
  const text = (name: keyof CampaignValues) => (typeof values[name] === 'string' ? values[name] : undefined)
  const optional = (key: string, value: unknown) => (value === undefined ? {} : { [key]: value })
  return {
    instance: text('instance'),
    template: templateOf(text('template'), text('template-id')),
    ...optional('languages', await languagesOf(values.language, io)),
    pacing: {
      inFlight: wholeNumber('in-flight', text('in-flight'), 1),
      ...optional('gapMs', gapOf(text('gap'))?.[0]),
      ...optional('gapMaxMs', gapOf(text('gap'))?.[1]),
      ...optional('perHour', optionalNumber('per-hour', text('per-hour'))),
      ...optional('perDay', optionalNumber('per-day', text('per-day'))),
    },
    ...optional('sendingHours', hoursOf(text('hours'))),
    ...optional('courtesy', text('courtesy')),
    ...optional('onUnknown', text('on-unknown')),
    ...optional('scheduleAt', text('at')),
    ...optional('zone', text('zone')),
    ...optional('late', text('late')),
    ...(text('audience') !== undefined && { audience: { audienceId: text('audience') } }),
  }
}

function templateOf(text: string | undefined, id: string | undefined): string | { templateId: string } {
  if (text !== undefined && id !== undefined) throw new UsageError('--template and --template-id exclude each other')
  if (id !== undefined) return { templateId: id }
  if (text !== undefined) return text
  throw new UsageError("--template is missing: the text to send, for example --template 'Hello {{name}}'")
}

/** `ar=مرحبا {{name}}`, or `ar=@greeting.ar.txt` for a text that lies in a file. */
async function languagesOf(
  given: string | string[] | undefined,
  io: CliIo,
): Promise<Record<string, string> | undefined> {
  if (given === undefined) return undefined
  const languages: Record<string, string> = {}
  for (const it of [given].flat()) {
    const [language, text] = split(it, '=')
    if (text === undefined) throw new UsageError(`--language takes a language and its text, 'ar=…', not '${it}'`)
    languages[language] = text.startsWith('@') ? await read(io.resolvePath(text.slice(1))) : text
  }
  return languages
}

/** `2000`, or `2000-6000` for a pause drawn at random. */
function gapOf(text: string | undefined): [number, number | undefined] | undefined {
  if (text === undefined) return undefined
  const [least, most] = split(text, '-')
  return [wholeNumber('gap', least, 0), most === undefined ? undefined : wholeNumber('gap', most, 0)]
}

/** `any`, `09:00-20:00` by the recipients' clocks, or `09:00-20:00@Africa/Cairo`. */
function hoursOf(text: string | undefined): unknown {
  if (text === undefined || text === 'any') return text
  const [hours, zone] = split(text, '@')
  const [from, to] = split(hours, '-')
  if (to === undefined) throw new UsageError(`--hours takes 'any' or hours like '09:00-20:00', not '${text}'`)
  return { from, to, ...(zone !== undefined && { zone }) }
}

function optionalNumber(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(name, text, 0)
}

/** In two at the first separator. */
function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`the file '${path}' cannot be read: ${messageOf(error)}`)
  }
}

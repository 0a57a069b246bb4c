import type { CliIo } from '@waqtor/contracts'
import { only, parse, wholeNumber } from '@waqtor/contracts/cli-usage'
import type { Preview, PreviewSummary } from '../contract.ts'
import { plural } from './plural.ts'
import { noteWarnings } from './warnings.ts'
import { when } from './when.ts'

/** `waqtor campaign preview <id>` */
export async function previewCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    instance: { type: 'string', default: 'default' },
    show: { type: 'string' },
  })
  const campaignId = only(positionals, 'the id of the campaign')
  const limit = Math.min(500, Math.max(1, wholeNumber('show', values.show, 5)))
  await using client = await io.connect()
  const preview = (await client.execute('campaigns.preview', {
    instance: values.instance,
    campaignId,
    limit,
  })) as Preview
  if (io.json) {
    io.print(JSON.stringify(preview))
    return 0
  }
  for (const { chatId, variant, language, body, media, verdict, reason, at } of preview.items) {
    const marks = [variant && `variant ${variant}`, language, media && `with ${media}`].filter((it) => it)
    const fate =
      verdict === 'send'
        ? ''
        : ` · ${verdict === 'skip' ? 'is skipped' : 'waits'} (${reason}${at ? `, until ${when(at)}` : ''})`
    io.print(`+${chatId.slice(0, chatId.indexOf('@'))}${marks.length > 0 ? ` · ${marks.join(' · ')}` : ''}${fate}`)
    for (const line of body.split('\n')) io.print(`    ${line}`)
  }
  noteWarnings(io, preview.warnings)
  if (preview.summary) for (const line of inWords(preview.summary)) io.print(line)
  return 0
}

function inWords(summary: PreviewSummary): string[] {
  const { total, examined, willSend, willSkip, missing, startsAt, expectedFinishAt, limitedBy } = summary
  return [
    `${plural(total, 'recipient')}: ${willSend} would get the message`,
    ...(examined < total ? [`  (the figures are from the first ${examined})`] : []),
    ...willSkip.map((it) => `  ${it.count} skipped: ${it.reason}`),
    ...missing.map((it) => `  the variable '${it.variable}' has no value for ${it.count}`),
    ...(expectedFinishAt === null
      ? []
      : [
          `  ${startsAt ? `from ${when(startsAt)} ` : ''}until about ${when(expectedFinishAt)}, mostly because of: ${limitedBy}`,
        ]),
  ]
}

import type { CliIo } from '@waqtor/contracts'
import { only, parse, UsageError } from '@waqtor/contracts/cli-usage'
import { plural } from './plural.ts'

const instance = { type: 'string', default: 'default' } as const

/** Runs a command on one campaign and says how the campaign stands then. */
function decision(
  command: string,
  options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>,
  inputOf: (values: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
  words: (answer: Answer, campaignId: string) => string,
) {
  return async (argv: readonly string[], io: CliIo): Promise<number> => {
    const { values, positionals } = parse(argv, { instance, ...options })
    const campaignId = only(positionals, 'the id of the campaign')
    const input = { instance: values.instance, campaignId, ...inputOf(values) }
    await using client = await io.connect()
    const answer = (await client.execute(command, input)) as Answer
    io.print(io.json ? JSON.stringify({ campaignId, ...answer }) : words(answer, campaignId))
    return 0
  }
}

interface Answer {
  readonly status?: string
  readonly count?: number
  readonly campaignId?: string
  readonly to?: string
  readonly body?: string
}

/** `waqtor campaign start <id>` */
export const startCommand = decision(
  'campaigns.start',
  { 'leave-out-incomplete': { type: 'boolean' } },
  (values) => ({ leaveOutIncomplete: values['leave-out-incomplete'] === true }),
  ({ status }, id) => `${id} is ${status}\n  waqtor campaign status ${id}   shows how far it is`,
)

/** `waqtor campaign retry <id>` */
export const retryCommand = decision(
  'campaigns.retryFailed',
  {},
  () => ({}),
  ({ count = 0, status }, id) => `${plural(count, 'failed recipient')} to be tried again; ${id} is ${status}`,
)

/** `waqtor campaign resolve <id> --as sent | resend | skip` */
export const resolveCommand = decision(
  'campaigns.resolveHeld',
  { as: { type: 'string' } },
  ({ as }) => {
    if (as === 'sent' || as === 'resend' || as === 'skip') return { decision: as }
    throw new UsageError("--as says what is to become of the held ones: 'sent', 'resend' or 'skip'")
  },
  ({ count = 0, status }, id) => `${plural(count, 'held recipient')} decided; ${id} is ${status}`,
)

/** `waqtor campaign clone <id>` */
export const cloneCommand = decision(
  'campaigns.clone',
  { name: { type: 'string' }, 'without-recipients': { type: 'boolean' } },
  (values) => ({
    ...(values.name !== undefined && { name: values.name }),
    recipients: values['without-recipients'] === true ? 'none' : 'all',
  }),
  ({ campaignId }) => `${campaignId} is a draft\n  waqtor campaign preview ${campaignId}   shows what it would send`,
)

/** `waqtor campaign test <id> [--to <number>]` */
export const testCommand = decision(
  'campaigns.sendTest',
  { to: { type: 'string' }, variant: { type: 'string' }, language: { type: 'string' } },
  ({ to, variant, language }) => ({
    ...(to !== undefined && { to }),
    ...(variant !== undefined && { variant }),
    ...(language !== undefined && { language }),
  }),
  ({ to, body }) => `sent to ${to}:\n${body}`,
)

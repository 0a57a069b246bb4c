import type { CliIo } from '@waqtor/contracts'
import { none, only, parse, runSubCommand, type SubCommand, UsageError } from '@waqtor/contracts/cli-usage'
import type { z } from '@waqtor/kernel'
import { type AccessCode, createCode, listCodes, revokeCode, unlock } from './contract/codes.ts'

const usage = `waqtor access code create (--feature <name>… | --all) [--uses 1] [--life 24h] [--opens 30d] [--length 6]
                          [--user <id>] [--note <text>]
waqtor access code list
waqtor access code revoke <code id>
waqtor access unlock [<user id>] [--address <ip>]

A code can be entered once within 24 hours, and opens for good, unless you say otherwise. Spans are like 90m, 12h or 30d.`

/** `waqtor access …`. Answers 0, or 2 when it was written wrong. */
export function run(argv: readonly string[], io: CliIo): Promise<number> {
  return runSubCommand({ name: 'access', usage, commands: { code, unlock: unlockTries } }, argv, io)
}

const code: SubCommand = (argv, io) =>
  runSubCommand({ name: 'access code', usage, commands: { create, list, revoke } }, argv, io)

const create: SubCommand = async (argv, io) => {
  const { values, positionals } = parse(argv, {
    feature: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    uses: { type: 'string' },
    life: { type: 'string' },
    opens: { type: 'string' },
    length: { type: 'string' },
    user: { type: 'string' },
    note: { type: 'string' },
  })
  none(positionals)
  const { feature, all, uses, life, opens, length, user, note } = values
  if ((feature === undefined) === (all === undefined))
    throw new UsageError('say what it opens: --feature <name>, or --all')
  if (length !== undefined && length !== '4' && length !== '6')
    throw new UsageError(`--length is 4 or 6, not '${length}'`)
  if (uses !== undefined && !/^[1-9]\d{0,3}$/.test(uses))
    throw new UsageError(`--uses takes a whole number from 1 to 1000, not '${uses}'`)
  const made = await execute(io, createCode, {
    features: feature ?? 'all',
    ...(uses !== undefined && { uses: Number(uses) }),
    ...(life !== undefined && { lifeHours: hoursOf('life', life) }),
    ...(opens !== undefined && { opensForHours: hoursOf('opens', opens) }),
    ...(length !== undefined && { length: length === '4' ? 4 : 6 }),
    ...(user !== undefined && { userId: user }),
    ...(note !== undefined && { note }),
  })
  if (io.json) io.print(JSON.stringify(made))
  else {
    io.note(`Access code ${made.id} (${describe(made)}). This is the only time it is shown:`)
    io.print(made.code)
  }
  return 0
}

const list: SubCommand = async (argv, io) => {
  none(parse(argv, {}).positionals)
  await using client = await io.connect()
  let cursor: string | null | undefined
  while (cursor !== null) {
    const input = { limit: 500, ...(cursor !== undefined && { cursor }) }
    const { items, nextCursor } = listCodes.output.parse(await client.execute(listCodes.id, input))
    for (const it of items) io.print(io.json ? JSON.stringify(it) : `${it.id}  ${it.state}  (${describe(it)})`)
    cursor = nextCursor
  }
  return 0
}

const revoke: SubCommand = async (argv, io) => {
  const codeId = only(parse(argv, {}).positionals, 'the id of a code; `waqtor access code list` shows them,')
  const revoked = await execute(io, revokeCode, { codeId })
  io.print(
    io.json ? JSON.stringify(revoked) : `Access code ${codeId} opens nothing any more, and what it opened is closed.`,
  )
  return 0
}

const unlockTries: SubCommand = async (argv, io) => {
  const { values, positionals } = parse(argv, { address: { type: 'string' } })
  const [userId, ...more] = positionals
  none(more)
  const { address } = values
  if (userId === undefined && address === undefined) throw new UsageError('name a user, an --address, or both')
  const { cleared } = await execute(io, unlock, {
    ...(userId !== undefined && { userId }),
    ...(address !== undefined && { address }),
  })
  const who = [userId, address].filter((it) => it !== undefined).join(' and ')
  if (io.json) io.print(JSON.stringify({ cleared }))
  else io.print(cleared > 0 ? `Codes of ${who} are looked at again.` : `${who} had no wrong codes to forget.`)
  return 0
}

async function execute<I extends z.ZodType, O extends z.ZodType>(
  io: CliIo,
  command: { readonly id: string; readonly input: I; readonly output: O },
  input: z.input<I>,
): Promise<z.output<O>> {
  await using client = await io.connect()
  return command.output.parse(await client.execute(command.id, input))
}

function describe({ features, userId, used, uses, opensForHours, expiresAt, note }: AccessCode): string {
  const parts = [features === 'all' ? 'everything' : features.join(' ')]
  if (userId !== null) parts.push(`for ${userId}`)
  parts.push(`used ${used} of ${uses}`, `good until ${new Date(expiresAt).toISOString()}`)
  parts.push(opensForHours === null ? 'opens for good' : `opens for ${opensForHours} h`)
  if (note !== '') parts.push(JSON.stringify(note))
  return parts.join(', ')
}

const hours = { m: 1 / 60, h: 1, d: 24 } as const

/** `90m`, `12h` or `30d`, in hours. */
export function hoursOf(option: string, text: string): number {
  const match = /^([1-9]\d{0,5})([mhd])$/.exec(text)
  if (!match) throw new UsageError(`--${option} takes a span like 90m, 12h or 30d, not '${text}'`)
  return Number(match[1]) * hours[match[2] as keyof typeof hours]
}

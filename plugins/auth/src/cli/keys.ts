import type { CliIo } from '@waqtor/contracts'
import { asksForHelp, misused, none, parse, UsageError } from '@waqtor/contracts/cli-usage'
import type { z } from '@waqtor/kernel'
import { type ApiKey, createKey, listKeys, revokeKey } from '../contract/keys.ts'

const usage = `waqtor keys create [--name <name>] [--permission <p>]… [--instance <id>]… [--expires <30d | 12h | date>]
                   [--gated] [--rate <per second>[/<burst>]]
waqtor keys list
waqtor keys revoke <id>

Without --permission a key may do everything, without --instance everywhere. --gated: features that need an access code stay
shut for it, as they do for users. --rate: a limit of its own, such as 5/20.`

/** `waqtor keys …`. Answers 0, 1 when the call failed, 2 when it was written wrong. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  const [verb, ...rest] = argv
  if (verb === 'help' || asksForHelp(argv)) {
    io.print(usage)
    return 0
  }
  const act = verb === 'create' ? create : verb === 'list' ? list : verb === 'revoke' ? revoke : undefined
  try {
    if (verb === undefined) throw new UsageError('say what to do: create, list or revoke')
    if (!act) throw new UsageError(`there is no 'keys ${verb}'`)
    return await act(rest, io)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return misused({ name: 'keys', usage }, error.message, io)
  }
}

async function create(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    name: { type: 'string' },
    permission: { type: 'string', multiple: true },
    instance: { type: 'string', multiple: true },
    expires: { type: 'string' },
    gated: { type: 'boolean' },
    rate: { type: 'string' },
  })
  none(positionals)
  const expiresAt = values.expires === undefined ? undefined : timeOf(values.expires, Date.now())
  const made = await execute(io, createKey, {
    permissions: values.permission ?? ['*'],
    ...(values.name !== undefined && { name: values.name }),
    ...(values.instance && { instances: values.instance }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(values.gated && { gated: true }),
    ...(values.rate !== undefined && { rateLimit: rateOf(values.rate) }),
  })
  if (io.json) {
    io.print(JSON.stringify(made))
    return 0
  }
  io.note(`Key '${made.name}' (${describe(made)}). This is the only time it is shown:`)
  io.print(made.key)
  return 0
}

async function list(argv: readonly string[], io: CliIo): Promise<number> {
  none(parse(argv, {}).positionals)
  await using client = await io.connect()
  let cursor: string | null | undefined
  while (cursor !== null) {
    const input: z.input<typeof listKeys.input> = { limit: 500, ...(cursor !== undefined && { cursor }) }
    const { items, nextCursor } = listKeys.output.parse(await client.execute(listKeys.id, input))
    for (const key of items) io.print(io.json ? JSON.stringify(key) : `${key.id}  ${key.name}  (${describe(key)})`)
    cursor = nextCursor
  }
  return 0
}

async function revoke(argv: readonly string[], io: CliIo): Promise<number> {
  const { positionals } = parse(argv, {})
  const [id, ...more] = positionals
  if (id === undefined || more.length > 0) throw new UsageError('name the id of one key; `waqtor keys list` shows them')
  const key = await execute(io, revokeKey, { id })
  io.print(io.json ? JSON.stringify(key) : `Key '${key.name}' (${key.id}) opens nothing any more.`)
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

function describe(key: ApiKey): string {
  const { origin, role, permissions, instances, rateLimit, expiresAt, revokedAt, lastUsedAt } = key
  const parts = [permissions.includes('*') ? 'everything' : permissions.join(' ')]
  parts.push(instances === 'all' ? 'all instances' : instances.join(' '))
  if (origin !== 'created') parts.push(`from the ${origin === 'local' ? 'local key file' : 'environment'}`)
  if (role === 'gated') parts.push('gated')
  if (rateLimit) parts.push(`${rateLimit.perSecond} a second, ${rateLimit.burst} at once`)
  if (lastUsedAt !== null) parts.push(`last used ${new Date(lastUsedAt).toISOString()}`)
  if (expiresAt !== null) parts.push(`until ${new Date(expiresAt).toISOString()}`)
  if (revokedAt !== null) parts.push(`revoked ${new Date(revokedAt).toISOString()}`)
  return parts.join(', ')
}

/** `5/20` is five a second, twenty at once; `5` is five at once, too. */
export function rateOf(text: string): { perSecond: number; burst: number } {
  const match = /^(\d{1,5}(?:\.\d{1,3})?)(?:\/(\d{1,5}))?$/.exec(text)
  const perSecond = Number(match?.[1] ?? 0)
  const burst = match?.[2] === undefined ? Math.max(1, Math.ceil(perSecond)) : Number(match[2])
  if (perSecond > 0 && burst > 0) return { perSecond, burst }
  throw new UsageError(`--rate takes requests a second and how many at once, such as 5/20, not '${text}'`)
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `30d`, `12h`, `15m`, or a date in ISO 8601; milliseconds since 1970. */
export function timeOf(text: string, now: number): number {
  const match = /^(\d{1,6})([mhd])$/.exec(text)
  const time = match ? now + Number(match[1]) * units[match[2] as keyof typeof units] : isoTime(text)
  if (Number.isNaN(time)) throw new UsageError(`'${text}' is neither a span like 30d or 12h nor a date like 2027-01-31`)
  return time
}

function isoTime(text: string): number {
  return /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN
}

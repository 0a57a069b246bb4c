import type { CliIo } from '@waqtor/contracts'
import { none, parse, runSubCommand, type SubCommand, UsageError, wholeNumber } from '@waqtor/contracts/cli-usage'
import { type AuditEntry, listAudit, verifyAudit } from './contract.ts'

const usage = `waqtor audit list [--principal <id>] [--action <command | area.*>] [--since <date>] [--until <date>] [--limit 50]
waqtor audit verify [--seq <n> --hash <hash>]

'verify' answers 1 when a row was changed, removed, added or moved. With a row that you noted earlier it also finds out
whether the whole log was written anew, and begins there.`

/** `waqtor audit …`. Answers 0, 1 when the log is broken, 2 when it was written wrong. */
export function run(argv: readonly string[], io: CliIo): Promise<number> {
  return runSubCommand({ name: 'audit', usage, commands: { list, verify } }, argv, io)
}

const list: SubCommand = async (argv, io) => {
  const { values, positionals } = parse(argv, {
    principal: { type: 'string' },
    action: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    limit: { type: 'string' },
  })
  none(positionals)
  const { principal, action, since, until, limit } = values
  const filter = {
    ...(principal !== undefined && { principal }),
    ...(action !== undefined && { action }),
    ...(since !== undefined && { since: timeOf('since', since) }),
    ...(until !== undefined && { until: timeOf('until', until) }),
  }
  let left = wholeNumber('limit', limit, 50)
  await using client = await io.connect()
  let cursor: string | null | undefined
  while (left > 0 && cursor !== null) {
    const input = { ...filter, limit: Math.min(left, 500), ...(cursor !== undefined && { cursor }) }
    const { items, nextCursor } = listAudit.output.parse(await client.execute(listAudit.id, input))
    for (const it of items) io.print(io.json ? JSON.stringify(it) : lineOf(it))
    left -= items.length
    cursor = nextCursor
  }
  return 0
}

const verify: SubCommand = async (argv, io) => {
  const { values, positionals } = parse(argv, { seq: { type: 'string' }, hash: { type: 'string' } })
  none(positionals)
  const { seq, hash } = values
  if ((seq === undefined) !== (hash === undefined)) throw new UsageError('give both, --seq and --hash, or neither')
  const input = seq === undefined ? {} : { seq: wholeNumber('seq', seq, 0), hash }
  await using client = await io.connect()
  const answer = verifyAudit.output.parse(await client.execute(verifyAudit.id, input, { signal: io.signal }))
  const { ok, rows, head, broken } = answer
  if (io.json) io.print(JSON.stringify(answer))
  else if (broken) {
    io.note(`The audit log is broken at row ${broken.seq}: ${broken.reason}.`)
    io.note('The rows before it are as they were written. Keep a copy of the database before you do anything else.')
  } else {
    io.note(`${rows} rows, each as it was written. The last one, to be noted outside of this machine:`)
    io.print(`${head!.seq} ${head!.hash}`)
  }
  return ok ? 0 : 1
}

function lineOf(it: AuditEntry): string {
  const who = it.principal ?? 'somebody'
  const from = [it.via, it.address].filter((part) => part !== null).join(' ')
  const about = Object.keys(it.target).length === 0 ? '' : ` ${JSON.stringify(it.target)}`
  const code = it.code === null ? '' : ` (${it.code})`
  return `${it.seq}  ${new Date(it.time).toISOString()}  ${who}  ${it.action}${about}  ${it.outcome}${code}  ${from}`.trimEnd()
}

function timeOf(option: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new UsageError(`--${option} takes a date like 2027-01-31, not '${text}'`)
  return time
}

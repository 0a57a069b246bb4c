import type { Stack } from '@waqtor/host/testing'

/** What became of one campaign. All but `recipients` are to be nothing. */
export interface Verdict {
  readonly recipients: number
  /** Messages that the network took beyond the first to the same person. */
  readonly doubled: number
  /** Recipients of whom the network has no message. */
  readonly missing: number
  /** Rows that wait for a person. */
  readonly held: number
  /** Rows of which WaQtor says that they were not sent. */
  readonly failed: number
  /** Rows whose fate is still open. */
  readonly open: number
  /** Counters that differ from the rows, messages under another id than their row says, rows that say what is not so. */
  readonly wrong: readonly string[]
}

/** A recipient as the API shows it. */
export interface Row {
  readonly chatId: string
  readonly state: string
  readonly messageId: string | null
}

const settled = new Set(['sent', 'delivered', 'read', 'failed', 'skipped', 'cancelled'])
const proven = new Set(['sent', 'delivered', 'read'])

/** Compares a campaign with the network's own log. The log is the judge; WaQtor's rows and counters are the accused. */
export async function judge(stack: Stack, path: string, recipients: readonly string[]): Promise<Verdict> {
  const ours = new Set(recipients.map((it) => `${it}@c.us`))
  const accepted = (await stack.accepted()).filter((it) => ours.has(it.to))
  const byRecipient = Map.groupBy(accepted, (it) => it.to)
  const { campaign, rows } = await still(stack, path)
  const count = (...states: string[]) => rows.filter((it) => states.includes(it.state)).length

  const wrong: string[] = []
  const expected = {
    total: recipients.length,
    sent: count('sent', 'delivered', 'read'),
    delivered: count('delivered', 'read'),
    read: count('read'),
    failed: count('failed'),
    skipped: count('skipped', 'cancelled'),
    held: count('held'),
  }
  for (const [name, n] of Object.entries(expected)) {
    if (campaign[name] !== n) wrong.push(`the counter '${name}' says ${campaign[name]}; the rows say ${n}`)
  }
  const isOver = campaign.status === 'completed' || (campaign.reason === 'held' && expected.held > 0)
  if (!isOver) wrong.push(`the campaign is ${campaign.status} (${campaign.reason})`)
  for (const { chatId, state, messageId } of rows) {
    const taken = byRecipient.get(chatId)
    if (proven.has(state) && !taken?.some((it) => it.messageId === messageId))
      wrong.push(`${chatId} is ${state} under an id that the network does not know`)
    if (!proven.has(state) && settled.has(state) && taken) wrong.push(`${chatId} is ${state}, and the network has it`)
  }
  return {
    recipients: recipients.length,
    doubled: [...byRecipient.values()].reduce((sum, it) => sum + it.length - 1, 0),
    missing: [...ours].filter((it) => !byRecipient.has(it)).length,
    held: expected.held,
    failed: expected.failed,
    open: rows.filter((it) => !settled.has(it.state)).length - expected.held,
    wrong,
  }
}

/** The campaign and its rows, at a moment at which no acknowledgement came in between. */
async function still(stack: Stack, path: string) {
  for (;;) {
    const before = await stack.request('GET', path)
    const rows = await allRows(stack, path)
    const after = await stack.request('GET', path)
    if (after.text === before.text) return { campaign: after.body, rows }
  }
}

export async function allRows(stack: Stack, path: string): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await stack.request('GET', `${path}/recipients?limit=500${cursor && `&cursor=${cursor}`}`)
    if (page.status !== 200) throw new Error(`the recipients cannot be read: ${page.text}`)
    rows.push(...page.body.items)
    cursor = page.body.nextCursor
  }
  return rows
}

export type Status = 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'cancelled' | 'failed'
export type Action = 'start' | 'pause' | 'resume' | 'cancel' | 'reopen'

/** How often something was done: certainly, and perhaps besides, where a crash has swallowed the answer. */
export interface Times {
  sure: number
  maybe: number
}
export type Turns = Readonly<Record<Action, Times>>

export function noTurns(): Turns {
  const none = () => ({ sure: 0, maybe: 0 })
  return { start: none(), pause: none(), resume: none(), cancel: none(), reopen: none() }
}

/** What a person may ask for, and when. */
const asked: Readonly<
  Record<'start' | 'pause' | 'resume' | 'cancel' | 'retryFailed' | 'delete' | 'add', readonly Status[]>
> = {
  start: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  cancel: ['draft', 'running', 'paused'],
  retryFailed: ['running', 'paused', 'completed'],
  delete: ['draft', 'paused', 'completed', 'cancelled'],
  add: ['draft'],
}
export type Request = keyof typeof asked

/** Where a campaign may have got to by itself between a look and a request. */
function onward(status: Status): readonly Status[] {
  if (status === 'running') return ['running', 'paused', 'completed']
  return status === 'paused' ? ['paused', 'completed'] : [status]
}

/** True when a request may be granted, or refused, of a campaign that was seen in `status` right before. */
export function mayAnswer(request: Request, status: Status, granted: boolean): boolean {
  return onward(status).some((it) => asked[request].includes(it) === granted)
}

/** An event of a campaign that tells of a turn. */
export interface Turn {
  readonly type: string
  readonly reason: string | undefined
}

/**
 * Reads the turns of a campaign in the order in which they were recorded. A reopening leaves no event of its own. Answers
 * what is wrong with them.
 */
export function faultOfTurns(turns: Turns, events: readonly Turn[], now: Status): string | undefined {
  let reopenings = turns.reopen.sure + turns.reopen.maybe
  let status: Status = 'draft'
  /** Takes the silent way to a status, where there is one. */
  const reach = (...wanted: Status[]) => {
    if (!wanted.includes(status) && (status === 'completed' || status === 'paused') && reopenings-- > 0)
      status = 'running'
    return wanted.includes(status)
  }
  for (const { type, reason } of events) {
    const [to, ...from] = steps[type] ?? ['failed']
    if (!reach(...from)) return `'${type}' (${reason}) was recorded of a campaign that was ${status}`
    status = to
  }
  if (!reach(now)) return `it is ${now}, and its events lead to ${status}`
  const told = (type: string, reason?: string) =>
    events.filter((it) => it.type === type && (reason === undefined || it.reason === reason)).length
  return (
    differs('campaign.started', turns.start, told('campaign.started')) ??
    differs('campaign.paused', turns.pause, told('campaign.paused', 'by request')) ??
    differs('campaign.resumed', turns.resume, told('campaign.resumed')) ??
    differs('campaign.cancelled', turns.cancel, told('campaign.cancelled'))
  )
}

const steps: Readonly<Record<string, readonly [Status, ...Status[]]>> = {
  'campaign.started': ['running', 'draft'],
  'campaign.paused': ['paused', 'running'],
  'campaign.resumed': ['running', 'paused'],
  'campaign.cancelled': ['cancelled', 'draft', 'running', 'paused'],
  'campaign.completed': ['completed', 'running', 'paused'],
}

function differs(type: string, { sure, maybe }: Times, told: number): string | undefined {
  if (told >= sure && told <= sure + maybe) return undefined
  return `'${type}' was recorded ${told} times for ${sure} (perhaps ${sure + maybe}) requests`
}

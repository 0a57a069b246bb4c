export type CampaignStatus = 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'cancelled' | 'failed'
export type CampaignAction =
  | 'start'
  | 'schedule'
  | 'unschedule'
  | 'pause'
  | 'resume'
  | 'cancel'
  /** No row's fate is open any more. */
  | 'complete'
  /** Its time came, and it could not be started. */
  | 'fail'
  /** Rows that had ended are to be sent again. */
  | 'reopen'

const transitions: Readonly<Record<CampaignStatus, Partial<Record<CampaignAction, CampaignStatus>>>> = {
  draft: { start: 'running', schedule: 'scheduled', cancel: 'cancelled' },
  scheduled: {
    start: 'running',
    schedule: 'scheduled',
    unschedule: 'draft',
    pause: 'paused',
    cancel: 'cancelled',
    fail: 'failed',
  },
  running: { pause: 'paused', cancel: 'cancelled', complete: 'completed', reopen: 'running' },
  paused: { resume: 'running', schedule: 'scheduled', cancel: 'cancelled', complete: 'completed', reopen: 'running' },
  completed: { reopen: 'running' },
  cancelled: {},
  failed: {},
}

/** Where an action takes a campaign; nothing when it cannot be done now. */
export function statusAfter(status: CampaignStatus, action: CampaignAction): CampaignStatus | undefined {
  return transitions[status][action]
}

const asked: ReadonlySet<CampaignAction> = new Set<CampaignAction>(['start', 'pause', 'resume', 'cancel'])

/** What a person can do with a campaign, for the message when something cannot be done. */
export function actionsOf(status: CampaignStatus): readonly CampaignAction[] {
  return (Object.keys(transitions[status]) as CampaignAction[]).filter((it) => asked.has(it))
}

/** Statuses that a campaign does not leave by itself any more. */
export function isOver(status: CampaignStatus): boolean {
  return status === 'completed' || status === 'cancelled' || status === 'failed'
}

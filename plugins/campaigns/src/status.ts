export type CampaignStatus = 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'cancelled' | 'failed'
export type CampaignAction = 'start' | 'pause' | 'resume' | 'cancel' | 'complete'

const transitions: Readonly<Record<CampaignStatus, Partial<Record<CampaignAction, CampaignStatus>>>> = {
  draft: { start: 'running', cancel: 'cancelled' },
  scheduled: { start: 'running', pause: 'paused', cancel: 'cancelled' },
  running: { pause: 'paused', cancel: 'cancelled', complete: 'completed' },
  paused: { resume: 'running', cancel: 'cancelled', complete: 'completed' },
  completed: {},
  cancelled: {},
  failed: {},
}

/** Where an action takes a campaign; nothing when it cannot be done now. */
export function statusAfter(status: CampaignStatus, action: CampaignAction): CampaignStatus | undefined {
  return transitions[status][action]
}

/** What can be done with a campaign, for the message when something cannot. */
export function actionsOf(status: CampaignStatus): readonly CampaignAction[] {
  return (Object.keys(transitions[status]) as CampaignAction[]).filter((it) => it !== 'complete')
}

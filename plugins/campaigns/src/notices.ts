import { defineNotice } from '@waqtor/contracts'
import { CampaignCompleted, CampaignFailed, CampaignPaused } from './contract.ts'

interface About {
  readonly campaignId: string
  readonly name?: string | undefined
}

const icon = 'pi pi-megaphone'
const fieldsOf = ({ campaignId, name = campaignId }: About, instance: string | null) => ({ campaignId, name, instance })
const nameOf = ({ name, campaignId }: About) => `'${name ?? campaignId}'`
const linkTo = ({ campaignId }: About, instance: string | null) => `/campaigns?instance=${instance}&id=${campaignId}`
const many = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`

/** Why a campaign may pause itself, and what a person can do about it; other reasons speak for themselves. */
const pauses: Readonly<Record<string, string>> = {
  held: 'For some recipients it is not known whether the message arrived: decide about them.',
  late: 'The host was not running at its time. Resume it if it should still be sent.',
  restored: 'The database was restored from a backup. Look at it, then resume it.',
}

const completed = defineNotice(CampaignCompleted, (it, instance) => ({
  type: it.failed === 0 ? 'success' : 'warning',
  title: `Campaign ${nameOf(it)} is finished`,
  message: `${many(it.sent, 'message')} sent, ${it.failed} failed.`,
  fields: { ...fieldsOf(it, instance), sent: it.sent, failed: it.failed },
  icon,
  link: linkTo(it, instance),
}))

const paused = defineNotice(CampaignPaused, (it, instance) =>
  // Whoever paused it knows.
  it.reason === undefined || it.reason === 'by request'
    ? undefined
    : {
        type: 'warning',
        title: `Campaign ${nameOf(it)} has paused itself`,
        message: pauses[it.reason] ?? `The reason: ${it.reason}. Nothing more is sent until somebody resumes it.`,
        fields: { ...fieldsOf(it, instance), reason: it.reason },
        icon,
        link: linkTo(it, instance),
      },
)

const failed = defineNotice(CampaignFailed, (it, instance) => ({
  type: 'error',
  title: `Campaign ${nameOf(it)} could not start`,
  message: it.reason ?? 'The campaign says why.',
  fields: { ...fieldsOf(it, instance), reason: it.reason ?? null },
  icon,
  link: linkTo(it, instance),
}))

/** What becomes of a campaign while nobody looks. */
export const campaignNotices = [completed, paused, failed] as const

import type { CompatibleExecute, CompatibleRequest, CompatibleRoute } from '@waqtor/contracts'
import { invalidInput } from '@waqtor/http-input'
import { isWaqtorError, type z } from '@waqtor/kernel'
import type * as campaigns from '@waqtor/plugin-campaigns/contract'
import { demandText, type Fields, given, isFields, text } from '../fields.ts'
import { mediaOf } from '../media.ts'
import { variablesOf } from '../message-text.ts'
import { pageOf, shownPage } from '../pages.ts'
import { broadcast, recipientsOf } from '../recipients.ts'

type Campaign = z.output<typeof campaigns.getCampaign.output>
type Status = Campaign['status']

/** `/campaigns`. */
export function campaignRoutes(): readonly CompatibleRoute[] {
  return [
    {
      method: 'POST',
      path: '/campaigns/create',
      commands: ['campaigns.create'],
      status: 201,
      async answer(request, execute) {
        const made = await execute<typeof campaigns.createCampaign>('campaigns.create', draftOf(request))
        const { campaignId, status, accepted, duplicates, rejectedCount, rejected } = made
        const counts = { total: accepted, duplicates, rejectedCount, rejected }
        return { campaignId, status, data: { id: campaignId, campaignId, status, ...counts } }
      },
    },
    {
      method: 'GET',
      path: '/campaigns/list',
      commands: ['campaigns.list'],
      async answer({ query, instance }, execute) {
        const { status } = query
        const list = (page: { limit: number; cursor?: string }) =>
          execute<typeof campaigns.listCampaigns>('campaigns.list', { instance, status, ...page })
        return shownPage(await pageOf(query, list), shown)
      },
    },
    {
      method: 'GET',
      path: '/campaigns/{id}',
      commands: ['campaigns.get'],
      async answer({ params, instance }, execute) {
        const { progress, ...campaign } = await execute<typeof campaigns.getCampaign>('campaigns.get', {
          instance,
          campaignId: params.id,
        })
        return { data: { ...shown(campaign), progress } }
      },
    },
    {
      method: 'DELETE',
      path: '/campaigns/{id}',
      commands: ['campaigns.delete'],
      async answer({ params, instance }, execute) {
        const campaignId = params.id
        await execute<typeof campaigns.deleteCampaign>('campaigns.delete', { instance, campaignId })
        return { message: 'the campaign was deleted', data: { id: campaignId } }
      },
    },
    {
      method: 'PUT',
      path: '/campaigns/{id}/status',
      commands: ['campaigns.start', 'campaigns.control'],
      answer: (request, execute) => turn(request, wantedIn(request.body), execute),
    },
    ...(['execute', 'pause', 'resume', 'cancel'] as const).map(
      (verb): CompatibleRoute => ({
        method: 'POST',
        path: `/campaigns/{id}/${verb}`,
        commands: [verb === 'execute' ? 'campaigns.start' : 'campaigns.control'],
        answer: (request, execute) => turn(request, verb === 'execute' ? 'start' : verb, execute),
      }),
    ),
  ]
}

/** The input of `campaigns.create`. @throws WaqtorError WAQ_INPUT_INVALID (400) */
function draftOf({ body, instance }: CompatibleRequest) {
  const shared = {
    message: isFields(body.template) ? undefined : text(body, 'message', 'template'),
    variables: isFields(body.variables) ? variablesOf(body.variables) : {},
  }
  const recipients = recipientsOf(body)
  const needed = "'message' or 'template' is needed"
  const stored = isFields(body.template) && recipients.every((it) => it.message === undefined)
  if (!stored && shared.message === undefined && recipients.some((it) => it.message === undefined))
    throw invalidInput('message', needed, needed)
  const what = broadcast(recipients, stored ? { ...shared, message: '' } : shared)
  const { zone, pacing, sendingHours, courtesy } = body
  return {
    instance,
    name: demandText(body, 'name'),
    ...what,
    ...(stored && { template: body.template }),
    ...(given(body, 'fileId', 'media', 'mediaUrl') && { media: attachmentOf(body) }),
    ...(given(body, 'scheduleAt', 'scheduledAt') && { scheduleAt: scheduleIn(body) }),
    ...(zone !== undefined && { zone }),
    ...(pacing !== undefined && { pacing }),
    ...(sendingHours !== undefined && { sendingHours }),
    ...(courtesy !== undefined && { courtesy }),
  }
}

/** A campaign sends one file to many, so it is uploaded once, before. */
function attachmentOf(body: Fields): object {
  const { fileId, type: kind, filename } = mediaOf(body)
  if (fileId === undefined)
    throw invalidInput('media', "upload the file first, at '/api/messages/upload', and give its 'fileId'")
  return { fileId, ...(kind !== undefined && { kind }), ...(filename !== undefined && { filename }) }
}

/** A moment: ISO 8601, or milliseconds since 1970. */
function scheduleIn(body: Fields): string {
  const { value } = given(body, 'scheduleAt', 'scheduledAt')!
  if (typeof value === 'number' && Math.abs(value) <= 8.64e15) return new Date(value).toISOString()
  return text(body, 'scheduleAt', 'scheduledAt')!
}

type Turn = 'start' | 'run' | 'pause' | 'resume' | 'cancel'

/** What existing clients call the same things. `run` is whichever of start and resume fits. */
const words: Readonly<Record<string, Turn>> = {
  start: 'start',
  execute: 'start',
  running: 'run',
  active: 'run',
  pause: 'pause',
  paused: 'pause',
  resume: 'resume',
  resumed: 'resume',
  cancel: 'cancel',
  cancelled: 'cancel',
  canceled: 'cancel',
  stopped: 'cancel',
}

function wantedIn(body: Fields): Turn {
  const word = text(body, 'status', 'action')?.toLowerCase() ?? ''
  const turn = Object.hasOwn(words, word) ? words[word] : undefined
  if (turn) return turn
  throw invalidInput('status', 'must be one of running, paused, cancelled')
}

async function turn(
  { params, instance }: CompatibleRequest,
  turn: Turn,
  execute: CompatibleExecute,
): Promise<Record<string, unknown>> {
  const one = { instance, campaignId: params.id! }
  const start = () => execute<typeof campaigns.startCampaign>('campaigns.start', one)
  const control = (action: Exclude<Turn, 'start' | 'run'>) =>
    execute<typeof campaigns.controlCampaign>('campaigns.control', { ...one, action })
  const { status } =
    turn === 'start'
      ? await start()
      : turn === 'run'
        ? await start().catch((refused: unknown) => {
            // What was started once is resumed. Where that is refused as well, the first refusal says more.
            if (!isWaqtorError(refused) || refused.code !== 'WAQ_CONFLICT') throw refused
            return control('resume').catch((): { status: Status } => {
              throw refused
            })
          })
        : await control(turn)
  return { status, data: { id: one.campaignId, campaignId: one.campaignId, status } }
}

function shown(campaign: Omit<Campaign, 'progress'>): Record<string, unknown> {
  const { campaignId, name, status, reason, template, variables, createdAt, scheduleAt, startedAt, finishedAt } =
    campaign
  const { total, queued, sent, delivered, read, replied, failed, skipped, held } = campaign
  return {
    id: campaignId,
    campaignId,
    name,
    status,
    reason,
    message: template,
    variables,
    ...{ total, queued, sent, delivered, read, replied, failed, skipped, held },
    createdAt,
    scheduledAt: scheduleAt,
    startedAt,
    completedAt: finishedAt,
  }
}

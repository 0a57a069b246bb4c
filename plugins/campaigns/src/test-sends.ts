import { fail } from '@waqtor/contracts'
import type { Call, z } from '@waqtor/kernel'
import type { Attachments } from './attachments.ts'
import { candidates } from './candidates.ts'
import { type Context, compile, type One, required } from './context.ts'
import type * as contract from './contract.ts'
import type { Payload } from './message.ts'
import { type CampaignRow, selectCampaign } from './store.ts'

type Input = z.output<typeof contract.sendTest.input>
type Output = z.input<typeof contract.sendTest.output>

/** Sends a campaign's message to oneself, with the values of the first recipient. It is a message like any other, and no recipient. */
export async function sendTest(input: Input, call: Call, context: Context, attachments: Attachments): Promise<Output> {
  const { instance, campaignId, variables } = input
  const { messaging } = context.services
  const file = await context.open(instance)
  const campaign = required(await selectCampaign(file, campaignId), campaignId)
  const message = compile(campaign)
  const part = input.variant === undefined ? 0 : message.variants.findIndex((it) => it.name === input.variant)
  if (part < 0) throw fail('WAQ_NOT_FOUND', `the campaign has no variant '${input.variant}'`)
  const to = messaging.normalizeChatId(input.to ?? ownNumber(instance, context))

  const { v, c, l } = await valuesOfFirst(input, campaign, context)
  const language = input.language ?? l
  const payload = { v: { ...v, ...variables }, ...(c && { c }), ...(language !== undefined && { l: language }) }
  const [missing] = message.missing(part, to, payload)
  if (missing !== undefined)
    throw fail('WAQ_CONFLICT', `the variable '${missing}' has no value: give one with 'variables', or a default`)
  const body = message.render(part, to, payload)
  const { media } = message.variants[part]!
  const { messageId } = media
    ? await messaging.sendMedia({ instance, chatId: to, caption: body, media: await attachments.load(media) }, call)
    : await messaging.sendText({ instance, chatId: to, text: body }, call)
  return { messageId, to, body }
}

async function valuesOfFirst(one: One, campaign: CampaignRow, context: Context): Promise<Payload> {
  const [row] = await context.services.outbox.entries(one.instance, one.campaignId, { after: 0, limit: 1 })
  if (row) return JSON.parse(row.payload)
  const { items } = await candidates(context, one, campaign, 0, 1)
  return items[0]?.payload ?? {}
}

function ownNumber(instance: string, { services }: Context): string {
  const info = services.instances.clientInfo(instance)
  if (info) return `+${info.phoneNumber.replace(/^\+/, '')}`
  throw fail('WAQ_SESSION_NOT_READY', `'${instance}' has not been connected yet: name the number with 'to'`)
}

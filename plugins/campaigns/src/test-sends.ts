import { fail } from '@waqtor/contracts'
import type { Call, z } from '@waqtor/kernel'
import type { Attachments } from './attachments.ts'
import { type Context, compile, required } from './context.ts'
import type * as contract from './contract.ts'
import type { Payload } from './message.ts'
import { selectCampaign } from './store.ts'

type Input = z.output<typeof contract.sendTest.input>
type Output = z.input<typeof contract.sendTest.output>

/** Sends a campaign's message to oneself, with the values of the first recipient. It is a message like any other, and no recipient. */
export async function sendTest(input: Input, call: Call, context: Context, attachments: Attachments): Promise<Output> {
  const { instance, campaignId, variables } = input
  const { messaging, outbox } = context.services
  const file = await context.open(instance)
  const message = compile(required(await selectCampaign(file, campaignId), campaignId))
  const part = input.variant === undefined ? 0 : message.variants.findIndex((it) => it.name === input.variant)
  if (part < 0) throw fail('WAQ_NOT_FOUND', `the campaign has no variant '${input.variant}'`)
  const to = messaging.normalizeChatId(input.to ?? ownNumber(instance, context))

  const [first] = await outbox.entries(instance, campaignId, { after: 0, limit: 1 })
  const { v, c, l }: Payload = first ? JSON.parse(first.payload) : {}
  const language = input.language ?? l
  const payload = { v: { ...v, ...variables }, ...(c && { c }), ...(language !== undefined && { l: language }) }
  const body = message.render(part, to, payload)
  const { media } = message.variants[part]!
  const { messageId } = media
    ? await messaging.sendMedia({ instance, chatId: to, caption: body, media: await attachments.load(media) }, call)
    : await messaging.sendText({ instance, chatId: to, text: body }, call)
  return { messageId, to, body }
}

function ownNumber(instance: string, { services }: Context): string {
  const info = services.instances.clientInfo(instance)
  if (info) return `+${info.phoneNumber.replace(/^\+/, '')}`
  throw fail('WAQ_SESSION_NOT_READY', `'${instance}' has not been connected yet: name the number with 'to'`)
}

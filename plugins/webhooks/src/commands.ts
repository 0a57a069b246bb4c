import { fail } from '@waqtor/contracts'
import { newId, type PluginContext } from '@waqtor/kernel'
import * as contract from './contract.ts'
import { found, listed } from './deliveries/delivery-store.ts'
import { figuresOf } from './figures.ts'
import { kinds } from './subscriptions.ts'
import type { Webhooks } from './webhooks.ts'

/** Answers the commands of the contract. */
export function handleCommands(ctx: Pick<PluginContext, 'handle' | 'kernel' | 'log'>, webhooks: () => Webhooks): void {
  const within: Webhooks['administration']['within'] = (...asked) => webhooks().administration.within(...asked)
  const page = async (id: string, cursor: string | undefined, filter: Partial<Parameters<typeof listed>[2]>) => {
    const { limit = 50 } = filter
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : placeOf(cursor)
    const items = await listed(webhooks().file, id, { ...filter, before, limit })
    return { items, nextCursor: items.length === limit ? String(items.at(-1)!.id) : null }
  }

  ctx.handle(contract.createWebhook, async (input, call) => {
    const made = await webhooks().administration.create(input, call)
    ctx.log.info('made a webhook', { id: made.id, by: call.principal!.id })
    return made
  })
  ctx.handle(contract.listWebhooks, ({ cursor = '', limit }, call) =>
    webhooks().administration.list(call, cursor, limit),
  )
  ctx.handle(contract.getWebhook, async ({ id }, call) => webhooks().administration.show(await within(call, id)))
  ctx.handle(contract.updateWebhook, (input, call) => webhooks().administration.update(input, call))
  ctx.handle(contract.rotateWebhookSecret, ({ id }, call) => webhooks().administration.rotate(id, call))
  ctx.handle(contract.deleteWebhook, async ({ id }, call) => {
    await webhooks().administration.remove(id, call)
    ctx.log.info('deleted a webhook', { id, by: call.principal!.id })
    await webhooks().purge(id)
    return {}
  })
  ctx.handle(contract.testWebhook, async ({ id }, call) => {
    const webhook = await within(call, id)
    const eventId = newId('evt')
    const data = { webhookId: id, message: 'This is a test.' }
    const time = new Date().toISOString()
    const body = JSON.stringify({ id: eventId, type: 'webhook.test', instance: null, time, data })
    const { statusCode, durationMs, problem } = await webhooks().sender.attempt(webhook, eventId, body, call.signal)
    return { ok: problem === null, eventId, statusCode, durationMs, problem }
  })
  ctx.handle(contract.listWebhookTypes, (_, { principal }) => {
    const visible = kinds(ctx.kernel.events).filter(({ guard }) => !ctx.kernel.refusal(guard, principal))
    return {
      items: visible.map(({ name: type, summary, stored, short }) => ({ type, summary, stored, shortBody: short })),
    }
  })

  ctx.handle(contract.listDeliveries, async ({ id, cursor, ...filter }, call) => {
    await within(call, id)
    return page(id, cursor, filter)
  })
  ctx.handle(contract.getDelivery, async ({ id, deliveryId }, call) => {
    await within(call, id)
    const delivery = await found(webhooks().file, id, deliveryId)
    if (!delivery) throw fail('WAQ_NOT_FOUND', `the webhook '${id}' has no delivery ${deliveryId}`)
    return delivery
  })
  ctx.handle(contract.replayDeliveries, async ({ id, deliveryId, failedSince, after, instance }, call) => {
    const webhook = await within(call, id)
    const { replays } = webhooks()
    if (deliveryId !== undefined) return { count: await replays.one(webhook, deliveryId), next: null }
    if (failedSince !== undefined) return { count: await replays.dead(webhook, { since: failedSince }), next: null }
    const account = instance === 'host' ? null : instance
    if (account !== null && webhook.instances !== 'all' && !webhook.instances.includes(account))
      throw fail('WAQ_CONFLICT', `the webhook '${id}' does not follow the instance '${account}'`)
    return replays.after(webhook, account, after!)
  })
  ctx.handle(contract.listDeadLetters, async ({ id, cursor, limit }, call) => {
    await within(call, id)
    return page(id, cursor, { state: 'dead', limit })
  })
  ctx.handle(contract.replayDeadLetters, async ({ id, deliveryIds: ids }, call) => ({
    count: await webhooks().replays.dead(await within(call, id), { ids }),
  }))
  ctx.handle(contract.discardDeadLetters, async ({ id, deliveryIds: ids }, call) => ({
    count: await webhooks().replays.discard(await within(call, id), { ids }),
  }))
  ctx.handle(contract.webhookStats, async ({ id }, call) => {
    await within(call, id)
    return figuresOf(webhooks().file, id)
  })
  ctx.handle(contract.webhookTotals, async (_, call) => {
    const records = await webhooks().administration.visible(call)
    const totals = { webhooks: records.length, enabled: 0, pending: 0, dead: 0, delivered: 0, failed: 0 }
    for (const { id, enabled } of records) {
      const figures = await figuresOf(webhooks().file, id)
      totals.enabled += Number(enabled)
      for (const key of ['pending', 'dead', 'delivered', 'failed'] as const) totals[key] += figures[key]
    }
    return totals
  })
}

function placeOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw fail('WAQ_CURSOR_INVALID', 'the cursor is none that was answered')
}

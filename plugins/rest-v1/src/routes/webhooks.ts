import type { CompatibleRequest, CompatibleRoute } from '@waqtor/contracts'
import type * as webhooks from '@waqtor/plugin-webhooks/contract'
import type { Delivery, Webhook } from '@waqtor/plugin-webhooks/contract'
import { type Fields, given } from '../fields.ts'
import { pageOf, shownPage } from '../pages.ts'

/** `/webhooks`. */
export function webhookRoutes(): readonly CompatibleRoute[] {
  return [
    {
      method: 'GET',
      path: '/webhooks',
      commands: ['webhooks.list'],
      async answer({ query }, execute) {
        const list = (page: { limit: number; cursor?: string }) =>
          execute<typeof webhooks.listWebhooks>('webhooks.list', page)
        return shownPage(await pageOf(query, list), shown)
      },
    },
    {
      method: 'POST',
      path: '/webhooks',
      commands: ['webhooks.create'],
      status: 201,
      async answer(request, execute) {
        const { secret, ...webhook } = await execute<typeof webhooks.createWebhook>(
          'webhooks.create',
          fieldsOf(request),
        )
        return { secret, data: { ...shown(webhook), secret } }
      },
    },
    {
      method: 'GET',
      path: '/webhooks/{id}',
      commands: ['webhooks.get'],
      async answer({ params }, execute) {
        return { data: shown(await execute<typeof webhooks.getWebhook>('webhooks.get', { id: params.id })) }
      },
    },
    // Both change what is given and leave the rest.
    ...(['PUT', 'PATCH'] as const).map(
      (method): CompatibleRoute => ({
        method,
        path: '/webhooks/{id}',
        commands: ['webhooks.update'],
        async answer(request, execute) {
          const input = { ...fieldsOf(request), id: request.params.id }
          return { data: shown(await execute<typeof webhooks.updateWebhook>('webhooks.update', input)) }
        },
      }),
    ),
    {
      method: 'DELETE',
      path: '/webhooks/{id}',
      commands: ['webhooks.delete'],
      async answer({ params }, execute) {
        await execute<typeof webhooks.deleteWebhook>('webhooks.delete', { id: params.id })
        return { message: 'the webhook was deleted', data: { id: params.id } }
      },
    },
    {
      method: 'POST',
      path: '/webhooks/{id}/test',
      commands: ['webhooks.test'],
      async answer({ params }, execute) {
        const { ok, eventId, statusCode, durationMs, problem } = await execute<typeof webhooks.testWebhook>(
          'webhooks.test',
          {
            id: params.id,
          },
        )
        return { data: { delivered: ok, eventId, statusCode, responseTime: durationMs, error: problem } }
      },
    },
    {
      method: 'GET',
      path: '/webhooks/{id}/logs',
      commands: ['webhooks.deliveries'],
      async answer({ params, query }, execute) {
        const { state = query.status } = query
        const list = (page: { limit: number; cursor?: string }) =>
          execute<typeof webhooks.listDeliveries>('webhooks.deliveries', { id: params.id, state, ...page })
        return shownPage(await pageOf(query, list), shownDelivery)
      },
    },
    {
      method: 'GET',
      path: '/webhooks/{id}/stats',
      commands: ['webhooks.stats'],
      async answer({ params }, execute) {
        const { delivered, failed, pending, dead, lastDeliveredAt, lastFailedAt } = await execute<
          typeof webhooks.webhookStats
        >('webhooks.stats', { id: params.id })
        return { data: { id: params.id, delivered, failed, pending, dead, lastDeliveredAt, lastFailedAt } }
      },
    },
  ]
}

/** What a request sets of a webhook: `events` are its types, `active` whether it is enabled. */
function fieldsOf({ body }: CompatibleRequest): { readonly url: unknown; readonly types: unknown } & Fields {
  const { url, description, headers } = body
  const types = given(body, 'events', 'types')?.value
  return {
    url,
    types: typeof types === 'string' ? [types] : types,
    instances: accountsIn(body),
    description: description ?? given(body, 'name')?.value,
    headers,
    enabled: given(body, 'enabled', 'active', 'isActive')?.value,
  }
}

/** Whose events are delivered: those of one account or of several; of all when the request names none. */
function accountsIn(body: Fields): unknown {
  const one = given(body, 'instance', 'clientId')?.value
  return given(body, 'instances')?.value ?? (one === undefined ? undefined : [one])
}

function shown({ id, url, types, instances, description, enabled, disabledReason, createdAt, updatedAt }: Webhook) {
  return {
    id,
    url,
    events: types,
    instances,
    description,
    enabled,
    active: enabled,
    disabledReason,
    createdAt,
    updatedAt,
  }
}

function shownDelivery(delivery: Delivery) {
  const { id, eventId, type, instance, state, statusCode, problem, attempts, nextAttemptAt, createdAt, settledAt } =
    delivery
  return {
    id,
    eventId,
    event: type,
    clientId: instance,
    status: state,
    statusCode,
    error: problem,
    attempts: attempts.length,
    nextAttemptAt,
    createdAt,
    completedAt: settledAt,
  }
}

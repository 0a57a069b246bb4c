import type { CompatibleRoute } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import type * as instances from '@waqtor/plugin-instances/contract'
import { text } from '../fields.ts'
import { pageOf, shownPage } from '../pages.ts'
import { qrOf, shownClient } from './session.ts'

type Instance = z.output<typeof instances.createInstance.output>

/** `/sessions`: the accounts. Their id is the `clientId` of other requests. */
export function sessionsRoutes(): readonly CompatibleRoute[] {
  return [
    {
      method: 'GET',
      path: '/sessions',
      commands: ['instances.list'],
      async answer({ query }, execute) {
        const list = (page: { limit: number; cursor?: string }) =>
          execute<typeof instances.listInstances>('instances.list', page)
        return shownPage(await pageOf(query, list), shown)
      },
    },
    {
      method: 'POST',
      path: '/sessions',
      commands: ['instances.create'],
      status: 201,
      async answer({ body }, execute) {
        const id = text(body, 'clientId', 'id', 'sessionId')
        const { name, transport, autoStart } = body
        const made = await execute<typeof instances.createInstance>('instances.create', {
          id,
          name,
          transport,
          autoStart,
        })
        return { clientId: made.id, data: shown(made) }
      },
    },
    {
      method: 'GET',
      path: '/sessions/{id}',
      commands: ['instances.get'],
      async answer({ params }, execute) {
        return { data: shown(await execute<typeof instances.getInstance>('instances.get', { instance: params.id })) }
      },
    },
    {
      method: 'DELETE',
      path: '/sessions/{id}',
      commands: ['instances.delete'],
      async answer({ params }, execute) {
        const { instance } = await execute<typeof instances.deleteInstance>('instances.delete', { instance: params.id })
        return { message: 'the session was deleted', data: { id: instance, clientId: instance } }
      },
    },
    {
      method: 'POST',
      path: '/sessions/{id}/restart',
      commands: ['instances.restart'],
      async answer({ params }, execute) {
        return {
          data: shown(await execute<typeof instances.restartInstance>('instances.restart', { instance: params.id })),
        }
      },
    },
    {
      method: 'GET',
      path: '/sessions/{id}/qr',
      commands: ['instances.qr'],
      answer: ({ params }, execute) => qrOf(params.id!, execute),
    },
  ]
}

function shown({ id, name, status, reason, clientInfo, transport, autoStart, createdAt, since }: Instance) {
  const { phoneNumber, platform, name: clientName } = shownClient(clientInfo)
  return {
    id,
    clientId: id,
    name,
    status,
    ready: status === 'ready',
    reason,
    phoneNumber,
    platform,
    clientName,
    transport,
    autoStart,
    createdAt,
    since,
  }
}

import type { CompatibleExecute, CompatibleRequest, CompatibleRoute, HostInfo } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import type * as instances from '@waqtor/plugin-instances/contract'
import type * as messages from '@waqtor/plugin-messages/contract'
import { pageOf, shownPage } from '../pages.ts'

type State = z.output<typeof instances.getState.output>
type Chat = z.output<typeof messages.listChats.output>['items'][number]

/** `/status` and `/session`: the account that a request means, seen from outside. */
export function sessionRoutes(host: HostInfo): readonly CompatibleRoute[] {
  return [
    {
      method: 'GET',
      path: '/status/client',
      commands: ['session.state'],
      async answer(request, execute) {
        const data = shownState(await stateOf(request, execute))
        return { status: data.status, ready: data.ready, data }
      },
    },
    {
      method: 'GET',
      path: '/status/info',
      commands: ['session.state'],
      async answer(request, execute) {
        const { instance, status, clientInfo } = await stateOf(request, execute)
        return { data: { clientId: instance, status, ...shownClient(clientInfo) } }
      },
    },
    {
      method: 'GET',
      path: '/status/chats',
      commands: ['chats.list'],
      async answer({ query, instance }, execute) {
        const list = (page: { limit: number; cursor?: string }) =>
          execute<typeof messages.listChats>('chats.list', { instance, ...page })
        return shownPage(await pageOf(query, list), shownChat)
      },
    },
    {
      method: 'GET',
      path: '/status/version',
      commands: ['session.state'],
      async answer(request, execute) {
        const { clientInfo } = await stateOf(request, execute)
        const { version } = host
        return { version, data: { version, api: 'v1', platform: clientInfo?.platform ?? null } }
      },
    },
    turnRoute('/status/logout', 'instances.logout'),
    {
      method: 'GET',
      path: '/session/state',
      commands: ['session.state'],
      async answer(request, execute) {
        const data = shownState(await stateOf(request, execute))
        return { state: data.status, data }
      },
    },
    {
      method: 'GET',
      path: '/session/qr',
      commands: ['instances.qr'],
      answer: ({ instance }, execute) => qrOf(instance, execute),
    },
    turnRoute('/session/logout', 'instances.logout'),
    turnRoute('/session/restart', 'instances.restart'),
    // A new connection draws a new QR code where one is waited for; that is what a refresh is asked for.
    turnRoute('/session/refresh', 'instances.restart'),
    {
      method: 'POST',
      path: '/session/stats/reset',
      commands: ['session.resetStats'],
      async answer({ instance }, execute) {
        const data = await execute<typeof messages.resetStats>('session.resetStats', { instance })
        return { message: 'the counters begin anew', data }
      },
    },
  ]
}

/** The QR code of an account. */
export async function qrOf(instance: string, execute: CompatibleExecute): Promise<Record<string, unknown>> {
  const { qr, timestamp } = await execute<typeof instances.getQr>('instances.qr', { instance })
  return { qr, timestamp, data: { clientId: instance, qr, timestamp } }
}

/** Does something to the session of the account that is meant. */
function turnRoute(path: `/${string}`, command: 'instances.logout' | 'instances.restart'): CompatibleRoute {
  return {
    method: 'POST',
    path,
    commands: [command],
    async answer({ instance }, execute) {
      const { status } = await execute<typeof instances.logoutInstance>(command, { instance })
      return { status, data: { clientId: instance, status } }
    },
  }
}

function stateOf({ instance }: CompatibleRequest, execute: CompatibleExecute): Promise<State> {
  return execute<typeof instances.getState>('session.state', { instance })
}

function shownState({ instance, status, reason, clientInfo, uptimeMs, since, lastSeenAt, timestamp }: State) {
  const client = clientInfo && shownClient(clientInfo)
  return {
    clientId: instance,
    status,
    ready: status === 'ready',
    reason,
    clientInfo: client,
    uptime: Math.floor(uptimeMs / 1_000),
    since,
    lastSeenAt,
    timestamp,
  }
}

/** The phone behind an account; `null` in every field before it was paired. */
export function shownClient(client: State['clientInfo']) {
  const { name, phoneNumber, platform } = client ?? { name: null, phoneNumber: null, platform: null }
  return { name, phoneNumber, platform }
}

function shownChat({ chatId, isGroup, lastMessage }: Chat) {
  const { messageId, body, direction, timestamp } = lastMessage
  return {
    id: chatId,
    isGroup,
    timestamp,
    lastMessage: { id: messageId, body, fromMe: direction === 'out', timestamp },
  }
}

import { fail } from '@waqtor/contracts'
import { type Call, denied, messageOf, type PluginContext, reaches } from '@waqtor/kernel'
import type { Accounts } from './accounts.ts'
import * as contract from './contract.ts'
import { pairingCodeOf, qrOf } from './pairing.ts'
import type { Scheduler } from './scheduler.ts'

/** Answers the commands of the contract. */
export function handleCommands(ctx: Pick<PluginContext, 'handle'>, accounts: Accounts, scheduler: Scheduler): void {
  ctx.handle(contract.listInstances, ({ limit, cursor }, call) => {
    const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
    const ids = accounts.ids().filter((it) => it > after && reachedBy(call, it))
    const shown = ids.slice(0, limit)
    return {
      items: shown.map((it) => accounts.get(it).view),
      nextCursor: ids.length > limit ? Buffer.from(shown.at(-1)!).toString('base64url') : null,
    }
  })

  ctx.handle(contract.createInstance, async (input, call) => {
    const { principal } = call
    if (principal?.instances !== 'all' && !(input.id !== undefined && reachedBy(call, input.id)))
      throw denied({ status: 403, code: 'forbidden', reason: 'the credential does not reach this instance' })
    const { id, name, transport, autoStart } = input
    const account = await accounts.create({
      autoStart,
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      ...(transport !== undefined && { transport }),
    })
    return account.view
  })

  ctx.handle(contract.getInstance, async ({ instance }) => {
    const account = accounts.get(instance)
    const usage = await account.usage()
    return { ...account.view, usage }
  })
  ctx.handle(contract.updateInstance, async ({ instance, ...change }) => (await accounts.update(instance, change)).view)
  ctx.handle(contract.deleteInstance, async ({ instance, force }) => {
    await accounts.delete(instance, { force })
    return { instance, deleted: true as const }
  })

  ctx.handle(contract.startInstance, async ({ instance }) => (await accounts.run(instance, 'start')).view)
  ctx.handle(contract.restartInstance, async ({ instance }) => (await accounts.run(instance, 'restart')).view)
  ctx.handle(contract.stopInstance, async ({ instance }) => {
    const account = accounts.get(instance)
    await account.session.stop()
    return account.view
  })
  ctx.handle(contract.logoutInstance, async ({ instance }) => {
    const account = accounts.get(instance)
    if (!account.session.transport)
      throw fail('WAQ_CONFLICT', `instance '${instance}' is not connected: start it first, then log it out`)
    try {
      await account.session.logout()
    } catch (error) {
      throw fail(
        'WAQ_SESSION_NOT_READY',
        `instance '${instance}' could not be unlinked (${messageOf(error)}) and was stopped: remove it on the phone, or try again`,
        { cause: error },
      )
    }
    return account.view
  })

  ctx.handle(contract.getQr, ({ instance }, { signal }) => qrOf(accounts.get(instance), signal))
  ctx.handle(contract.getPairingCode, ({ instance, phoneNumber }, { signal }) =>
    pairingCodeOf(accounts.get(instance), phoneNumber, signal),
  )
  ctx.handle(contract.getState, ({ instance }) => {
    const { status, reason, clientInfo, since, lastSeenAt, failures, retryAt } = accounts.get(instance).session.view
    const timestamp = scheduler.now()
    const uptimeMs = status === 'ready' ? Math.max(0, timestamp - since) : 0
    return { instance, status, reason, clientInfo, since, uptimeMs, lastSeenAt, failures, retryAt, timestamp }
  })
}

function reachedBy({ principal }: Call, instance: string): boolean {
  return principal !== null && reaches(principal, instance)
}

import { Authentication, CredentialRevoked, Database, HostInfo } from '@waqtor/contracts'
import { definePlugin, WaqtorError, z } from '@waqtor/kernel'
import { Authenticator } from './authenticator.ts'
import { createKey, getKey, listKeys, revokeKey } from './contract.ts'
import { Keys } from './keys.ts'
import { demandKnown } from './known-permissions.ts'
import { environmentKey, prepareKeys } from './start.ts'
import { KeyStore, migrations } from './store.ts'

export * from './contract.ts'

/**
 * API keys and who holds them.
 * @example plugins: [sqlite(), auth(), http(), rest()]
 */
export default definePlugin({
  name: 'auth',
  kernel: '^1',
  config: z.strictObject({}),
  requires: { database: Database, host: HostInfo },
  provides: [Authentication],
  events: [CredentialRevoked],
  cli: [{ name: 'keys', summary: 'Make, list and revoke API keys', load: () => import('./cli.ts') }],
  async setup(ctx) {
    const { database, host } = ctx.services
    environmentKey(host.options)
    await database.migrate('auth', 'host', migrations)

    let opened: Keys | undefined
    const keys = (): Keys => {
      if (opened) return opened
      throw new WaqtorError('WAQ_RELOADING', 'the keys are not open yet', { retryAfter: 1 })
    }
    ctx.provide(Authentication, new Authenticator(keys, ctx.log))
    ctx.tap(ctx.kernel.hooks.boot, async () => {
      const ready = await Keys.open(new KeyStore(await database.open('host')))
      await prepareKeys(ready, host, ctx.log)
      opened = ready
    })

    ctx.handle(createKey, async (input, call) => {
      demandKnown(input.permissions, ctx.kernel)
      const made = await keys().create(call.principal!, { ...input, expiresAt: input.expiresAt ?? null })
      ctx.log.info('made a key', { id: made.id, name: made.name, by: call.principal!.id })
      return made
    })
    ctx.handle(listKeys, ({ cursor = '', limit }, { principal }) => keys().list(principal!, cursor, limit))
    ctx.handle(getKey, ({ id }, { principal }) => keys().get(principal!, id))
    ctx.handle(revokeKey, async ({ id }, { principal }) => {
      const revoked = await keys().revoke(principal!, id)
      ctx.emit(CredentialRevoked, { principalId: id })
      ctx.log.info('revoked a key', { id, name: revoked.name, by: principal!.id })
      return revoked
    })
  },
})

import {
  Authentication,
  ConsoleNotice,
  CredentialRevoked,
  Database,
  EventLog,
  HostInfo,
  People,
  PermissionsChanged,
} from '@waqtor/contracts'
import { definePlugin, WaqtorError } from '@waqtor/kernel'
import { type Auth, openAuth } from './auth.ts'
import { Authenticator } from './authenticator.ts'
import { config } from './config.ts'
import * as contract from './contract.ts'
import { handleKeys, handleProfile, handleSignIn, handleUsers } from './handlers.ts'
import { environmentKey, prepareKeys } from './keys/start.ts'
import { migrations } from './schema.ts'
import { offerSetup } from './sign-in/offer-setup.ts'

export * from './contract.ts'

const { AvatarChosen, SignedIn, SignInFailed, PasswordChanged, UserCreated, UserUpdated, UserDeleted } = contract

/**
 * Who may come in: users with passwords and sessions, and API keys.
 * @example plugins: [sqlite(), events(), auth({ sessions: { idleHours: 8 } }), http(), rest(), signIn()]
 */
export default definePlugin({
  name: 'auth',
  kernel: '^1',
  config,
  requires: { database: Database, host: HostInfo },
  optional: { events: EventLog },
  provides: [Authentication, People],
  events: [
    ...[CredentialRevoked, PermissionsChanged, ConsoleNotice],
    ...[SignedIn, SignInFailed, PasswordChanged, UserCreated, UserUpdated, UserDeleted, AvatarChosen],
  ],
  contributes: contract.signInNotices,
  cli: [
    { name: 'keys', summary: 'Make, list and revoke API keys', load: () => import('./cli/keys.ts') },
    { name: 'users', summary: 'Make, list and change the people who sign in', load: () => import('./cli/users.ts') },
  ],
  async setup(ctx) {
    const { database, host, events } = ctx.services
    environmentKey(host.options)
    await database.migrate('auth', 'host', migrations)

    let opened: Auth | undefined
    const auth = (): Auth => {
      if (opened) return opened
      throw new WaqtorError('WAQ_RELOADING', 'the keys are not open yet', { retryAfter: 1 })
    }
    ctx.provide(Authentication, new Authenticator(auth, ctx.log))
    ctx.provide(People, { people: async () => auth().people() })
    ctx.onClose(() => opened?.close())
    ctx.tap(ctx.kernel.hooks.boot, async () => {
      const { kernel, config, log } = ctx
      const ready = await openAuth({
        ...{ file: await database.open('host'), events, kernel, config, log },
        revoked: (principalId, credential) => ctx.emit(CredentialRevoked, { principalId, credential }),
        avatarChosen: (userId, fileId) => ctx.emit(AvatarChosen, { userId, fileId }),
        changed: (principalId) => ctx.emit(PermissionsChanged, { principalId }),
      })
      opened = ready
      await prepareKeys(ready.keys, host, log)
    })
    if (host.options.serve !== false) ctx.tap(ctx.kernel.hooks.ready, () => offerSetup(auth().setup, ctx))

    handleSignIn(ctx, auth)
    handleUsers(ctx, auth)
    handleProfile(ctx, auth)
    handleKeys(ctx, auth)
  },
})

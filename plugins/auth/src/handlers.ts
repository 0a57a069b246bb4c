import type { Call, PluginContext } from '@waqtor/kernel'
import { userAgentOf, whoOf } from './activity/activity.ts'
import type { Auth } from './auth.ts'
import * as contract from './contract.ts'
import { demandKnown } from './keys/known-permissions.ts'
import type { From } from './sign-in/sign-in.ts'
import { shownUser } from './users/users.ts'

type Context = Pick<PluginContext, 'handle'>

const fromOf = ({ address }: Call, userAgent: string | undefined): From => ({
  address: address ?? null,
  userAgent: userAgentOf(userAgent),
})

/** Coming in and going out. */
export function handleSignIn(ctx: Context, auth: () => Auth): void {
  ctx.handle(contract.login, ({ name, password, userAgent }, call) =>
    auth().signIn.signIn(name, password, fromOf(call, userAgent), call.principal),
  )
  ctx.handle(contract.logout, (_, call) => auth().profile.signOut(call))
  ctx.handle(contract.currentSession, (_, { principal }) => {
    const { users, profile, setup } = auth()
    const isUser = principal !== null && users.get(principal.id) !== undefined
    return { me: isUser ? profile.me(principal) : null, setupNeeded: setup.needed }
  })
  ctx.handle(contract.setupState, () => {
    const { needed, openUntil } = auth().setup
    return { needed, openUntil }
  })
  ctx.handle(contract.completeSetup, ({ userAgent, ...admin }, call) =>
    auth().setup.complete(admin, fromOf(call, userAgent)),
  )
}

/** What administrators do with users. */
export function handleUsers(ctx: Context, auth: () => Auth): void {
  const admin = () => auth().administration
  ctx.handle(contract.createUser, (input, call) => admin().create(input, call))
  ctx.handle(contract.listUsers, ({ cursor = '', limit }, call) => auth().users.list(call.principal!, cursor, limit))
  ctx.handle(contract.getUser, ({ id }, call) => shownUser(auth().users.demand(call.principal!, id)))
  ctx.handle(contract.updateUser, (input, call) => admin().update(input, call))
  ctx.handle(contract.deleteUser, ({ id }, call) => admin().remove(id, call))
  ctx.handle(contract.setPassword, ({ id, password }, call) => admin().setPassword(id, password, call))
  ctx.handle(contract.signOutUser, ({ id }, call) => admin().signOut(id, call))
  ctx.handle(contract.unlockUser, ({ id }, call) => admin().unlock(id, call))
  ctx.handle(contract.usersActivity, async ({ userId, cursor, limit }, { principal }) => {
    const { activity, users } = auth()
    const { items, nextCursor } = await activity.page(userId, cursor, limit)
    return { items: items.filter((it) => users.concerns(principal!, it.userId)), nextCursor }
  })
}

/** What users do with their own account. */
export function handleProfile(ctx: Context, auth: () => Auth): void {
  const profile = () => auth().profile
  ctx.handle(contract.getProfile, (_, { principal }) => profile().me(principal))
  ctx.handle(contract.updateProfile, (input, call) => profile().update(input, call))
  ctx.handle(contract.changePassword, ({ oldPassword, newPassword }, call) =>
    profile().changePassword(oldPassword, newPassword, call),
  )
  ctx.handle(contract.listSessions, (_, call) => profile().sessions(call))
  ctx.handle(contract.endSession, ({ id }, call) => profile().endSession(id, call))
  ctx.handle(contract.endOtherSessions, (_, call) => profile().endOthers(call))
  ctx.handle(contract.profileActivity, ({ cursor, limit }, call) => profile().activity(call, cursor, limit))
}

/** API keys. */
export function handleKeys(ctx: Context & Pick<PluginContext, 'kernel' | 'log'>, auth: () => Auth): void {
  ctx.handle(contract.createKey, async ({ expiresAt = null, rateLimit = null, ...wanted }, call) => {
    demandKnown(wanted.permissions, ctx.kernel)
    const { keys, activity, expiry } = auth()
    const by = call.principal!.id
    const made = await keys.create(call.principal!, { ...wanted, expiresAt, rateLimit }, (tx, { id, name }) =>
      activity.note(tx, 'key-created', ownerOf(by), whoOf(call), { keyId: id, name }),
    )
    expiry.watch()
    ctx.log.info('made a key', { id: made.id, name: made.name, by })
    return made
  })
  ctx.handle(contract.listKeys, ({ cursor = '', limit }, { principal }) => auth().keys.list(principal!, cursor, limit))
  ctx.handle(contract.getKey, ({ id }, { principal }) => auth().keys.get(principal!, id))
  ctx.handle(contract.revokeKey, async ({ id }, call) => {
    const { keys, activity, revoked: tell } = auth()
    const revoked = await keys.revoke(call.principal!, id, (tx, { name }) =>
      activity.note(tx, 'key-revoked', ownerOf(call.principal!.id), whoOf(call), { keyId: id, name }),
    )
    tell(id)
    ctx.log.info('revoked a key', { id, name: revoked.name, by: call.principal!.id })
    return revoked
  })
}

/** Whose history it belongs to that somebody did something with a key. */
const ownerOf = (principalId: string) => (principalId.startsWith('usr_') ? principalId : null)

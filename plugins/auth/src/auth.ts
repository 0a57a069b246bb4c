import type { DatabaseFile, EventLog } from '@waqtor/contracts'
import type { Call, KernelView, Logger } from '@waqtor/kernel'
import { Activity } from './activity/activity.ts'
import type { Config } from './config.ts'
import { KeyExpiry } from './keys/expiry.ts'
import { Keys } from './keys/keys.ts'
import { KeyStore } from './keys/store.ts'
import { Passwords } from './passwords/passwords.ts'
import { Sessions } from './sessions/sessions.ts'
import { SessionStore } from './sessions/store.ts'
import { UserPrincipal } from './sessions/user-principal.ts'
import { KnownAddresses } from './sign-in/known-addresses.ts'
import { Setup } from './sign-in/setup.ts'
import { SignIn } from './sign-in/sign-in.ts'
import { Throttle } from './sign-in/throttle.ts'
import { Upkeep } from './upkeep.ts'
import { Administration } from './users/administration.ts'
import { Profile } from './users/profile.ts'
import { Roles } from './users/roles.ts'
import { UserStore } from './users/store.ts'
import { Users } from './users/users.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface AuthOptions {
  readonly file: DatabaseFile
  readonly events: EventLog | undefined
  readonly kernel: KernelView
  readonly config: Config
  readonly log: Logger
  /** A credential of a principal holds no more; all of them, when none is named. */
  readonly revoked: (principalId: string, credential?: string) => void
  /** What a principal may do has changed. */
  readonly changed: (principalId: string) => void
  readonly avatarChosen: (userId: string, fileId: string) => void
}

/** Everything that stands behind the commands, put together. */
export type Auth = Awaited<ReturnType<typeof openAuth>>

export async function openAuth(options: AuthOptions) {
  const { file, events, kernel, config, log, revoked, changed, avatarChosen } = options
  const { idleHours, maxDays } = config.sessions
  const limits = { idleMs: idleHours * HOUR_MS, longestMs: maxDays * DAY_MS }
  const passwords = new Passwords(config.passwordCost, undefined, config.passwordsAtOnce)
  const activity = new Activity(file, events)
  const throttle = new Throttle(file)
  const addresses = new KnownAddresses(file)
  const keys = await Keys.open(new KeyStore(file))
  const users = await Users.open(new UserStore(file), new Roles(kernel))
  const sessions = await Sessions.open({ store: new SessionStore(file), users, limits, ended: revoked })
  const signIn = new SignIn({ users, sessions, passwords, throttle, addresses, activity })
  const setup = new Setup({ users, hasMadeKeys: () => keys.any(true), passwords, signIn, activity })
  const common = { users, sessions, passwords, throttle, activity }
  const administration = new Administration({ ...common, changed, revoked })
  const profile = new Profile({
    ...common,
    avatarChosen,
    demandFile: (fileId, call) => demandFile(kernel, fileId, call),
  })
  const expiry = new KeyExpiry(() => keys.ring, revoked)
  expiry.watch()
  const upkeep = new Upkeep(
    {
      often: async () => {
        await keys.flush()
        await sessions.tidy()
      },
      daily: async () => {
        await throttle.prune()
        await activity.prune(Date.now() - config.activityDays * DAY_MS)
      },
    },
    log,
  )
  return {
    /** Everybody who may come in now. */
    people: () => [...users.enabled().map((id) => new UserPrincipal(users, id)), ...keys.ring.principals(Date.now())],
    ...{ keys, users, sessions, signIn, setup, administration, profile, activity, expiry, revoked },
    async close(): Promise<void> {
      expiry.stop()
      await upkeep.close()
    },
  }
}

/** Where there are files, an avatar is one that its owner may read. */
async function demandFile(kernel: KernelView, fileId: string, call: Call): Promise<void> {
  if (kernel.commands.get('files.get')) await kernel.commands.execute('files.get', { fileId }, call)
}

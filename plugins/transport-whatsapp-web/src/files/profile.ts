import { lstat, mkdir, readlink, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

const locks = ['SingletonLock', 'SingletonSocket', 'SingletonCookie']
/** LocalAuth of the library puts the profile into a folder of this name. */
const folder = 'session'

/** The directory in which Chromium keeps the session of one account. */
export class Profile {
  readonly directory: string
  /** What the library is told: it makes its own folder in there. */
  readonly dataPath: string

  constructor(directory: string) {
    this.dataPath = directory
    this.directory = join(directory, folder)
  }

  /** Makes the directory, for this user alone, and clears what a container that is no more has left. */
  async prepare(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 })
    if (await isLockedElsewhere(join(this.directory, locks[0]!), hostname())) await this.#unlock()
  }

  /** Forgets the session for good. Not while a Chromium uses it. */
  async wipe(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  async #unlock(): Promise<void> {
    for (const name of locks) await rm(join(this.directory, name), { force: true })
  }
}

/**
 * Chromium's lock is a symbolic link to `<host name>-<pid>`. One of this machine it judges by itself; one of another host
 * name it believes for ever, and a container gets a new name each time it is made. Whoever calls this holds the lease of the
 * instance, so nobody else can be using the profile.
 */
export async function isLockedElsewhere(lock: string, here: string): Promise<boolean> {
  const there = await lstat(lock).catch(() => undefined)
  if (!there?.isSymbolicLink()) return false
  const target = await readlink(lock)
  return target.slice(0, target.lastIndexOf('-')) !== here
}

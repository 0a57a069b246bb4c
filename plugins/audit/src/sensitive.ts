import type { CommandToken, Guarded } from '@waqtor/kernel'

/** Where only administrators go, and where people come in. */
export const adminAreas = [
  'keys',
  'users',
  'access',
  'audit',
  'system',
  'settings',
  'webhooks',
  'plugins',
  'instances',
  'backup',
  'auth',
  'setup',
  'profile',
] as const

/** Of these, what anybody may do for himself. */
const openToAll: ReadonlySet<string> = new Set(['auth', 'setup', 'profile'])

/** Whoever holds this can take an account over, so looking counts as well. */
const PAIRING = 'instances:pair'

/** Which commands are written down. */
export class Sensitive {
  readonly #areas: ReadonlySet<string>
  readonly #known = new WeakMap<Guarded, boolean>()

  constructor(areas: readonly string[]) {
    this.#areas = new Set(areas)
  }

  /** Found once for each command: the question comes with every call. */
  has(subject: Guarded): boolean {
    const known = this.#known.get(subject)
    if (known !== undefined) return known
    const found = this.#decide(subject)
    this.#known.set(subject, found)
    return found
  }

  /** True for what only administrators may do: all of it is written, however much it is. */
  isOfAdministrators({ permission }: Guarded): boolean {
    const area = areaOf(permission)
    return permission === PAIRING || (this.#areas.has(area) && !openToAll.has(area))
  }

  #decide(subject: Guarded): boolean {
    if (!isCommand(subject)) return false
    const { id, permission, hints } = subject
    if (permission === PAIRING) return true
    if (hints?.readOnly) return false
    if (hints?.destructive) return true
    // By the name of the command as well: `auth.login` is open to the public, so its permission tells nothing.
    return this.#areas.has(areaOf(permission)) || this.#areas.has(id.split('.')[0]!)
  }
}

function areaOf(permission: string): string {
  return permission.split(':')[0]!
}

function isCommand(subject: Guarded): subject is CommandToken {
  return 'input' in subject && 'output' in subject
}

import { channelsOf } from '@waqtor/contracts'
import type { KernelView } from '@waqtor/kernel'
import type { Role } from '../contract/shapes.ts'

/** What only administrators may touch. */
const adminAreas = new Set([
  'keys',
  'users',
  'access',
  'audit',
  'system',
  'settings',
  'webhooks',
  'plugins',
  'simulator',
])
/** `mcp:write` lets an assistant act: it is given to a key on purpose, never by the way. */
const adminOnly = new Set(['instances:write', 'instances:pair', 'mcp:write'])
/** What everybody may do who is signed in, since it concerns nobody else. */
const everybodys = new Set(['profile:write'])

const everything: ReadonlySet<string> = new Set(['*'])
export const nothing: ReadonlySet<string> = new Set()

/** Which of the permissions that there are a role holds. Pure. */
export function permissionsOf(role: Role, known: Iterable<string>): ReadonlySet<string> {
  if (role === 'admin') return everything
  const daily = [...known].filter((it) => !adminOnly.has(it) && !adminAreas.has(it.slice(0, it.indexOf(':'))))
  if (role === 'user') return new Set(daily)
  return new Set(daily.filter((it) => it.endsWith(':read') || everybodys.has(it)))
}

/** Every permission that something asks for at present. */
export function knownPermissions(kernel: KernelView): ReadonlySet<string> {
  const guarded = [...kernel.commands.list(), ...kernel.events.list(), ...channelsOf(kernel)]
  return new Set(guarded.map((it) => it.permission).filter((it) => it !== 'public'))
}

/** The roles' permissions in this kernel, found out once after each change of its commands. */
export class Roles {
  readonly #kernel: KernelView
  #version = -1
  #of: Readonly<Record<Role, ReadonlySet<string>>> = { admin: everything, user: nothing, viewer: nothing }

  constructor(kernel: KernelView) {
    this.#kernel = kernel
  }

  of(role: Role): ReadonlySet<string> {
    const { version } = this.#kernel.commands
    if (version !== this.#version) {
      const known = knownPermissions(this.#kernel)
      this.#of = {
        admin: everything,
        user: permissionsOf('user', known),
        viewer: permissionsOf('viewer', known),
      }
      this.#version = version
    }
    return this.#of[role]
  }
}

import { holds, type Principal, reaches } from '@waqtor/kernel'

/** What a key or a user allows. */
export interface Grant {
  readonly permissions: readonly string[]
  readonly instances: readonly string[] | 'all'
}

/** The first thing in `grant` that goes beyond what `principal` may do itself; nothing when it is covered. */
export function beyond(principal: Principal, { permissions, instances }: Grant): string | undefined {
  const permission = permissions.find((it) => !holds(principal, it))
  if (permission) return `the permission '${permission}'`
  if (instances === 'all') return principal.instances === 'all' ? undefined : 'all instances'
  const instance = instances.find((it) => !reaches(principal, it))
  return instance === undefined ? undefined : `the instance '${instance}'`
}

/** `admin` for a key that may do everything everywhere, `gated` for one that access codes bind. */
export function roleOf({ permissions, instances, gated }: Grant & { readonly gated: boolean }) {
  if (gated) return 'gated'
  return permissions.includes('*') && instances === 'all' ? 'admin' : 'scoped'
}

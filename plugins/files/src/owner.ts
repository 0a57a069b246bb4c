import type { Principal } from '@waqtor/kernel'

/** Everybody has their own files, and administrators have all. */
export function mayUse(principal: Principal | null, owner: string | null): boolean {
  return principal !== null && (seesAll(principal) || principal.id === owner)
}

export function seesAll({ permissions }: Principal): boolean {
  return permissions.has('*')
}

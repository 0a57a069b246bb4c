import { type KernelView, WaqtorError } from '@waqtor/kernel'
import { knownPermissions } from '../users/roles.ts'

/** Refuses a permission that nothing asks for: a mistyped one would make a key that quietly opens nothing. */
export function demandKnown(permissions: readonly string[], kernel: KernelView): void {
  const single = knownPermissions(kernel)
  const known = new Set([...single, ...[...single].map((it) => `${it.slice(0, it.indexOf(':'))}:*`)])
  const errors = permissions.flatMap((it, index) =>
    it === '*' || known.has(it) ? [] : [{ path: `permissions.${index}`, message: `nothing asks for '${it}'` }],
  )
  if (errors.length === 0) return
  throw new WaqtorError(
    'WAQ_INPUT_INVALID',
    `${errors[0]!.message}; there are '*' and ${[...known].sort().join(', ')}`,
    { details: { errors } },
  )
}

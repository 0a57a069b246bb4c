import { MASK } from '@waqtor/contracts'

export { MASK }

const secretName =
  /api[-_]?key|secret|token|passw(or)?d|passphrase|authorization|cookie|credential|private[-_]?key|local[-_]?key/i

/** True when a value under this name is not for showing. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** A copy of anything for logs and screens: values with a secret's name are masked, errors become plain facts. */
export function forShow(value: unknown, options: { readonly stacks?: boolean } = {}): unknown {
  return copy(value, options.stacks ?? false, 0, new Set())
}

const maxDepth = 8

function copy(value: unknown, stacks: boolean, depth: number, above: ReadonlySet<object>): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (above.has(value) || depth > maxDepth) return '…'
  const inside = new Set(above).add(value)
  const inner = (it: unknown) => copy(it, stacks, depth + 1, inside)
  if (value instanceof Error) return errorFacts(value, stacks, inner)
  if (Array.isArray(value)) return value.map(inner)
  if (value instanceof Date || value instanceof URL) return value
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if (value instanceof Set) return [...value].map(inner)
  const entries = value instanceof Map ? [...value].map(([k, v]) => [String(k), v] as const) : Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, it]) => [key, isSecretName(key) && it !== undefined && it !== null ? MASK : inner(it)]),
  )
}

function errorFacts(error: Error, stacks: boolean, inner: (value: unknown) => unknown): object {
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code: inner(code) }),
    ...(stacks && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: inner(error.cause) }),
    ...(error instanceof AggregateError && { errors: inner(error.errors) }),
  }
}

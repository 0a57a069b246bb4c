import { fail } from './fail.ts'

/** How deep a document may be nested: handlers and logs walk it again, and not all of them without recursion. */
const DEEPEST = 32

/**
 * Looks through what was read from JSON that came from outside.
 * @throws WaqtorError WAQ_JSON_INVALID (400) for what is nested too deep, or made to reach a prototype
 */
export function demandPlainJson(value: unknown, depth = 1): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > DEEPEST) throw fail('WAQ_JSON_INVALID', `the document is nested more than ${DEEPEST} deep`)
  if (Array.isArray(value)) {
    for (const item of value) demandPlainJson(item, depth + 1)
    return
  }
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key]
    demandHarmlessKey(key, inner)
    demandPlainJson(inner, depth + 1)
  }
}

/** `constructor` alone is a word that people use; with a `prototype` inside it is the way to everybody's prototype. */
function demandHarmlessKey(key: string, value: unknown): void {
  const reaches =
    key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
  if (key === '__proto__' || reaches) throw fail('WAQ_JSON_INVALID', `the key '${key}' is refused`)
}

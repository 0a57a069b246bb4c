import { invalidInput } from '@waqtor/http-input'

/** Fields as clients send them. */
export type Fields = Readonly<Record<string, unknown>>

/** The first of these fields that says something: `null` and an empty text count as absent. */
export function given(fields: Fields, ...names: readonly string[]): { name: string; value: unknown } | undefined {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (value !== undefined && value !== null && value !== '') return { name, value }
  }
  return undefined
}

/**
 * The first of these fields as a text; numbers are taken for one.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) for anything else
 */
export function text(fields: Fields, ...names: readonly string[]): string | undefined {
  const found = given(fields, ...names)
  if (!found || typeof found.value === 'string') return found?.value as string | undefined
  if (typeof found.value === 'number') return String(found.value)
  throw invalidInput(found.name, 'must be a text')
}

/** As `text`, of something that must be there and says something. @throws WaqtorError WAQ_INPUT_INVALID (400) */
export function demandText(fields: Fields, ...names: readonly string[]): string {
  const found = text(fields, ...names)?.trim()
  if (!found) throw invalidInput(names[0]!, `${names.map((it) => `'${it}'`).join(' or ')} is needed`)
  return found
}

/** True for an object with fields: no list, no `null`. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { fail } from './fail.ts'

/** How deep a document may be nested: handlers and logs walk it again, and not all of them without recursion. */
const DEEPEST = 32

const QUOTATION_MARK = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d
const BRACE = 0x7b
const CLOSING_BRACE = 0x7d

/**
 * Counts how deep a JSON text is nested before anybody parses it: to parse a megabyte of brackets takes a tenth of a second,
 * in which nobody else is served. This ends at the first bracket too many. What is no JSON is left to the parser.
 * @param envelope levels around the document that are not its own
 * @throws WaqtorError WAQ_JSON_INVALID (400)
 */
export function demandShallowJson(text: string, envelope = 0): void {
  let depth = -envelope
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTATION_MARK) i = endOfString(text, i)
    else if (code === BRACKET || code === BRACE) {
      if (++depth > DEEPEST) throw tooDeep()
    } else if (code === CLOSING_BRACKET || code === CLOSING_BRACE) depth--
  }
}

/** Where the string ends that begins here; the end of the text when it never does. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTATION_MARK) return i
    if (code === BACKSLASH) i++
  }
  return text.length
}

function tooDeep(): Error {
  return fail('WAQ_JSON_INVALID', `the document is nested more than ${DEEPEST} deep`)
}

/**
 * Looks through what was read from JSON that came from outside.
 * @throws WaqtorError WAQ_JSON_INVALID (400) for what is nested too deep, or made to reach a prototype
 */
export function demandPlainJson(value: unknown, depth = 1): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > DEEPEST) throw tooDeep()
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

import { invalidInput } from '@waqtor/http-input'
import type { Fields } from './fields.ts'

const names = ['instance', 'clientId'] as const

/**
 * The account that a request means; `default` when it names none. Whether the caller reaches it is for the gate to say.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) where two different ones are named: which one is meant?
 */
export function accountOf(query: URLSearchParams, body: Fields): string {
  const named = new Set(names.flatMap((name) => query.getAll(name)))
  for (const name of names) {
    const value = body[name] ?? undefined
    if (value === undefined) continue
    if (typeof value !== 'string') throw invalidInput(name, 'must be a text')
    named.add(value)
  }
  if (named.size > 1) throw invalidInput('instance', 'the request names two different accounts')
  return [...named][0] ?? 'default'
}

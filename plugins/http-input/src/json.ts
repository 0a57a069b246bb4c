import { demandPlainJson, demandShallowJson, fail } from '@waqtor/contracts'

/**
 * Reads a JSON document from outside.
 * @throws WaqtorError WAQ_JSON_INVALID (400) for what is no JSON, nested too deep, or made to reach a prototype
 */
export function parseJson(text: string): unknown {
  demandShallowJson(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const place = /position \d+/.exec((cause as Error).message)?.[0]
    throw fail('WAQ_JSON_INVALID', place ? `this is no JSON: see ${place}` : 'this is no JSON', { cause })
  }
  demandPlainJson(value)
  return value
}

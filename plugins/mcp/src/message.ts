import { fail } from '@waqtor/contracts'

const DEEPEST = 32

/** One JSON-RPC message; what stands in it is checked by the SDK and by the commands. */
export type Message = Readonly<Record<string, unknown>>

/**
 * Reads a message from outside.
 * @throws WaqtorError WAQ_JSON_INVALID (400) for what is no JSON object, nested too deep, or several messages at once, which
 * the protocol has given up and which would go past the limit for requests
 */
export function readMessage(bytes: Uint8Array): Message {
  const value = parse(bytes)
  if (Array.isArray(value)) throw fail('WAQ_JSON_INVALID', 'send one message at a time')
  if (typeof value !== 'object' || value === null) throw fail('WAQ_JSON_INVALID', 'this is no JSON-RPC message')
  demandHarmless(value, 1)
  return value as Message
}

export function isInitialize({ method }: Message): boolean {
  return method === 'initialize'
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw fail('WAQ_JSON_INVALID', 'this is no JSON in UTF-8', { cause })
  }
}

function demandHarmless(value: object, depth: number): void {
  if (depth > DEEPEST) throw fail('WAQ_JSON_INVALID', `the message is nested more than ${DEEPEST} deep`)
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') throw fail('WAQ_JSON_INVALID', `the key '${key}' is refused`)
    if (typeof inner === 'object' && inner !== null) demandHarmless(inner, depth + 1)
  }
}

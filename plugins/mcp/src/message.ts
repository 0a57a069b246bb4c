import { demandPlainJson, demandShallowJson, fail } from '@waqtor/contracts'
import { isWaqtorError } from '@waqtor/kernel'

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
  demandPlainJson(value)
  return value as Message
}

export function isInitialize({ method }: Message): boolean {
  return method === 'initialize'
}

function parse(bytes: Uint8Array): unknown {
  try {
    return parseShallow(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    if (isWaqtorError(cause)) throw cause
    throw fail('WAQ_JSON_INVALID', 'this is no JSON in UTF-8', { cause })
  }
}

function parseShallow(text: string): unknown {
  demandShallowJson(text)
  return JSON.parse(text)
}

import { isUtf8 } from 'node:buffer'
import { fail, type HttpRequest } from '@waqtor/contracts'
import { parseJson } from './json.ts'

const json = /^application\/json *(; *charset *= *"?utf-8"? *)?$/i

/**
 * A body as an input; an empty one counts as `{}`.
 * @throws WaqtorError WAQ_MEDIA_TYPE_UNSUPPORTED (415), WAQ_JSON_INVALID (400)
 */
export function inputFrom(bytes: Uint8Array, { headers }: HttpRequest): Record<string, unknown> {
  if (bytes.length === 0) return {}
  const type = headers.get('content-type')
  if (type === null || !json.test(type)) throw fail('WAQ_MEDIA_TYPE_UNSUPPORTED', 'the body is not sent as JSON')
  if (!isUtf8(bytes)) throw fail('WAQ_JSON_INVALID', 'the body is not UTF-8')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const value = parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail('WAQ_JSON_INVALID', 'the body must be a JSON object')
  return value as Record<string, unknown>
}

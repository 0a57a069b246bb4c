import { isUtf8 } from 'node:buffer'
import { fail, type HttpRequest } from '@waqtor/contracts'

/** More than a name, a password and a token take. */
const LIMIT_BYTES = 16_384
const json = /^application\/json *(; *charset *= *"?utf-8"? *)?$/i

/**
 * The body as a JSON object; an empty one counts as `{}`. Nothing but JSON: a form on another site can send any other type, and with it somebody else's
 * name and password.
 * @throws WaqtorError WAQ_MEDIA_TYPE_UNSUPPORTED (415), WAQ_BODY_TOO_LARGE (413), WAQ_JSON_INVALID (400)
 */
export async function jsonBody(http: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await http.body()
  if (bytes.length === 0) return {}
  const type = http.headers.get('content-type')
  if (type === null || !json.test(type)) throw fail('WAQ_MEDIA_TYPE_UNSUPPORTED', 'the body is not sent as JSON')
  if (bytes.length > LIMIT_BYTES) throw fail('WAQ_BODY_TOO_LARGE', `the body is larger than ${LIMIT_BYTES} bytes`)
  const value = isUtf8(bytes) ? parse(Buffer.from(bytes).toString('utf8')) : undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw fail('WAQ_JSON_INVALID', 'the body is not a JSON object in UTF-8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import { fail, type OutgoingMedia } from '@waqtor/contracts'
import { isWaqtorError } from '@waqtor/kernel'
import type { Outgoing, OutgoingAnswer } from '@waqtor/outgoing-requests'
import { type Described, usualTypes } from '../outgoing-media.ts'

export interface Fetching {
  readonly outgoing: Outgoing
  /** Larger files are not fetched. */
  readonly maxBytes: number
}

/** A server has so long for the whole file. */
const TIMEOUT_MS = 30_000
/** Types that say as much as none. */
const vague = new Set(['application/octet-stream', 'binary/octet-stream', 'application/unknown'])
/** What each kind of message may hold, by the first word of the type; a document holds anything. */
const kinds: Readonly<Partial<Record<OutgoingMedia['kind'], string>>> = {
  image: 'image',
  sticker: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
}

/** Whether a caller gives a file by where it is. */
export function isUrl(media: string): boolean {
  return /^https?:/i.test(media)
}

/** Without a `type`, the content decides. */
export type Source = Omit<Described, 'type'> & { readonly url: string; readonly type?: Described['type'] | undefined }

/**
 * Fetches a file from wherever a caller says, as far as outgoing requests may go.
 * @throws WaqtorError WAQ_MEDIA_INVALID (400), WAQ_MEDIA_TOO_LARGE (413), or as the guard of outgoing requests says
 */
export async function fetchMedia(
  { url, type, mimeType, filename }: Source,
  { outgoing, maxBytes }: Fetching,
  signal: AbortSignal,
): Promise<OutgoingMedia> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'WaQtor' }
  const answer = await outgoing
    .request({ url, headers, timeoutMs: TIMEOUT_MS, maxBytes, larger: 'refuse', signal })
    .catch((error: unknown) => {
      if (!isWaqtorError(error) || error.code !== 'WAQ_OUTGOING_TOO_LARGE') throw error
      throw fail('WAQ_MEDIA_TOO_LARGE', `the file has more than ${maxBytes} bytes, and no more are sent`, {
        cause: error,
      })
    })
  demandWhole(answer)
  const found = await typeOf(answer)
  const kind = type ?? kindOf(found)
  const wanted = kinds[kind]
  // The usual mistake is a page about a picture in place of the picture.
  if (wanted && found && !found.startsWith(`${wanted}/`) && !(wanted === 'audio' && found === 'application/ogg'))
    throw fail('WAQ_MEDIA_INVALID', `the URL leads to ${found}, which cannot be sent as ${kind}`)
  if (type === undefined && found === 'text/html')
    throw fail(
      'WAQ_MEDIA_INVALID',
      'the URL leads to a page, not to a file: to send the page itself, say that it is a document',
    )
  const name = filename ?? nameIn(url)
  return {
    kind,
    mimeType: mimeType ?? found ?? usualTypes[kind],
    data: answer.body,
    ...(name !== undefined && { filename: name }),
  }
}

function kindOf(mimeType = ''): OutgoingMedia['kind'] {
  const [family] = mimeType.split('/')
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document'
}

function demandWhole({ status, headers, body }: OutgoingAnswer): void {
  if (status >= 300 && status < 400)
    throw fail('WAQ_MEDIA_INVALID', `the URL answers ${status}: redirects are not followed, give the last address`)
  if (status !== 200) throw fail('WAQ_MEDIA_INVALID', `the URL answers ${status} in place of a file`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    throw fail('WAQ_MEDIA_INVALID', 'the URL answers compressed, although it was asked not to')
  if (body.byteLength === 0) throw fail('WAQ_MEDIA_INVALID', 'the URL answers an empty file')
}

/** By the first bytes, else by what the server says; nothing where neither tells. */
async function typeOf({ headers, body }: OutgoingAnswer): Promise<string | undefined> {
  const { fileTypeFromBuffer } = await import('file-type')
  // A detector that gives up on bytes made to confuse it has found nothing.
  const found = await fileTypeFromBuffer(body.subarray(0, 65_536)).catch(() => undefined)
  if (found) return found.mime
  const said = String(headers['content-type'] ?? '')
    .split(';')[0]!
    .trim()
    .toLowerCase()
  return /^[\w.+-]+\/[\w.+-]+$/.test(said) && !vague.has(said) ? said : undefined
}

/** What a file is called by its URL. */
function nameIn(url: string): string | undefined {
  const last = new URL(url).pathname.split('/').at(-1)!
  try {
    const name = decodeURIComponent(last)
      .replace(/[\p{Cc}/\\]/gu, '')
      .slice(0, 255)
    return name === '' ? undefined : name
  } catch {
    return undefined
  }
}

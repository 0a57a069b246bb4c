import { readFile } from 'node:fs/promises'
import { type Files, fail, type OutgoingMedia } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w=-]+)*;base64,/
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/

/** What a caller says of a file besides what is in it. */
export interface Described {
  readonly type: OutgoingMedia['kind']
  readonly mimeType?: string | undefined
  readonly filename?: string | undefined
}

/** What a caller gives as a file. */
export interface MediaInput extends Described {
  readonly media: string
}

export const usualTypes: Readonly<Record<OutgoingMedia['kind'], string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg; codecs=opus',
  document: 'application/octet-stream',
  sticker: 'image/webp',
}

/**
 * Decodes a file given as base64 or as a data: URL.
 * @throws WaqtorError WAQ_MEDIA_INVALID (400)
 */
export function decodeMedia({ media, type, mimeType, filename }: MediaInput): OutgoingMedia {
  const header = dataUrl.exec(media)
  const content = (header ? media.slice(header[0].length) : media).replace(/\s+/g, '')
  if (!base64.test(content) || content.length === 0)
    throw fail('WAQ_MEDIA_INVALID', 'the media is neither a URL (http:// or https://) nor base64 nor a data: URL')
  const data = Buffer.from(content, 'base64')
  return {
    kind: type,
    mimeType: mimeType ?? header?.[1] ?? usualTypes[type],
    data,
    ...(filename !== undefined && { filename }),
  }
}

/**
 * A file that the caller handed in before.
 * @throws WaqtorError WAQ_NOT_FOUND (404), WAQ_MEDIA_INVALID (400), WAQ_MEDIA_TOO_LARGE (413)
 */
export async function storedMedia(
  { fileId, type, mimeType, filename }: Described & { readonly fileId: string },
  files: Files | undefined,
  principal: Principal | null,
  maxBytes: number,
): Promise<OutgoingMedia> {
  if (!files) throw fail('WAQ_MEDIA_INVALID', 'no plugin stores files: send the content in base64')
  const file = await files.open(fileId, principal)
  if (file.bytes > maxBytes)
    throw fail('WAQ_MEDIA_TOO_LARGE', `the file has ${file.bytes} bytes; at most ${maxBytes} are sent`)
  return {
    kind: type,
    mimeType: mimeType ?? file.contentType,
    data: await readFile(file.path),
    filename: filename ?? file.filename,
  }
}

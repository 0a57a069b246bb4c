import { invalidInput } from '@waqtor/http-input'
import { type Fields, given, isFields, text } from './fields.ts'

/** A file that a request wants to send, in the fields of `messages.sendMedia`. */
export interface Media {
  /** A URL, base64 or a data: URL. */
  readonly media?: string
  /** What was uploaded before. */
  readonly fileId?: string
  readonly type?: MediaKind
  readonly mimeType?: string
  readonly filename?: string
}

export type MediaKind = 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'

const kinds: Readonly<Record<string, MediaKind>> = {
  image: 'image',
  photo: 'image',
  picture: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'voice',
  ptt: 'voice',
  document: 'document',
  file: 'document',
  sticker: 'sticker',
}

const kindByExtension: Readonly<Record<string, MediaKind>> = {
  jpg: 'image',
  jpeg: 'image',
  png: 'image',
  gif: 'image',
  webp: 'image',
  mp4: 'video',
  '3gp': 'video',
  mov: 'video',
  mp3: 'audio',
  m4a: 'audio',
  aac: 'audio',
  ogg: 'audio',
  opus: 'audio',
}

/**
 * The file in a request: `media` or `mediaUrl`, as a text or as `{ data | url, mimetype, filename }`, or `fileId`. What kind it
 * is, where the request does not say, is told by its type or else by its name; a file is a document when neither does.
 * @throws WaqtorError WAQ_INPUT_INVALID (400)
 */
export function mediaOf(body: Fields): Media {
  const found = given(body, 'media', 'mediaUrl', 'fileId')
  if (!found)
    throw invalidInput(
      'media',
      "'media', 'mediaUrl' or 'fileId' is needed",
      "'media', 'mediaUrl' or 'fileId' is needed",
    )
  const described = isFields(found.value) ? { ...found.value, ...body } : body
  const content = isFields(found.value) ? text(found.value, 'data', 'base64', 'url') : text(body, found.name)
  if (!content) throw invalidInput(found.name, 'must be a URL, base64, a data: URL or the id of an uploaded file')
  const filename = text(described, 'filename', 'fileName')
  const mimeType = text(described, 'mimetype', 'mimeType') ?? /^data:([^;,]+)/.exec(content)?.[1]
  const uploaded = found.name === 'fileId' || content.startsWith('file_')
  const type = kindIn(body) ?? kindOf(mimeType, filename ?? (/^https?:/i.test(content) ? content : undefined))
  return {
    ...(uploaded ? { fileId: content } : { media: content }),
    ...(type !== undefined && { type }),
    ...(mimeType !== undefined && { mimeType }),
    ...(filename !== undefined && { filename }),
  }
}

/** What a request says of the kind. @throws WaqtorError WAQ_INPUT_INVALID (400) for a kind that there is not */
export function kindIn(fields: Fields): MediaKind | undefined {
  const named = text(fields, 'type')?.toLowerCase()
  if (named === undefined || named === '') return undefined
  const kind = Object.hasOwn(kinds, named) ? kinds[named] : undefined
  if (kind) return kind
  throw invalidInput('type', `must be one of ${[...new Set(Object.values(kinds))].join(', ')}`)
}

/** The kind by the type of the content, else by the end of a name or of a URL's path. */
export function kindOf(mimeType: string | undefined, name: string | undefined): MediaKind | undefined {
  const family = mimeType?.slice(0, mimeType.indexOf('/'))
  if (family === 'image' || family === 'video' || family === 'audio') return family
  // Says only that nobody knows: the name may.
  if (mimeType !== undefined && mimeType !== 'application/octet-stream') return 'document'
  const extension = /\.([a-z0-9]{2,5})(?:[?#].*)?$/i.exec(name ?? '')?.[1]?.toLowerCase()
  return extension !== undefined && Object.hasOwn(kindByExtension, extension) ? kindByExtension[extension] : undefined
}

import type { FileInfo, Files, MediaSource, Messaging, StoredTemplate } from '@waqtor/contracts'
import type { Call } from '@waqtor/kernel'
import { invalid } from './invalid.ts'

export type Media = NonNullable<StoredTemplate['media']>
/** What a call gives: one of `fileId` and `url` says which file it is. */
export type GivenMedia = { readonly [K in keyof Media]?: Media[K] | undefined } & { readonly url?: string | undefined }
export type Caller = Pick<Call, 'principal' | 'signal'>

/** How each kind can be sent, by the type of the content. As a document everything can. */
const fits: Readonly<Record<Media['kind'], RegExp>> = {
  image: /^image\//,
  sticker: /^image\/webp$/,
  video: /^video\//,
  audio: /^audio\//,
  voice: /^audio\//,
  document: /^/,
}

/**
 * The media as it is stored: the caller may read the file, and it can be sent in this way.
 * @throws WaqtorError WAQ_NOT_FOUND (404), also for a file of somebody else · WAQ_INPUT_INVALID (400)
 */
export async function mediaOf(files: Files, given: GivenMedia, { principal }: Pick<Call, 'principal'>): Promise<Media> {
  const file = await files.open(given.fileId ?? '', principal)
  const kind = given.kind ?? kindOf(file)
  const type = essence(file)
  if (!fits[kind].test(type))
    throw invalid(
      'media.kind',
      `'${file.filename}' is ${type}, which cannot be sent as '${kind}'; '${kindOf(file)}' fits`,
    )
  return { kind, fileId: file.fileId, filename: given.filename ?? file.filename }
}

/**
 * The same of a file that is named by its URL: fetched, and the caller's own from then on.
 * @throws WaqtorError WAQ_INPUT_INVALID (400), or as `fetchFile`; nothing is stored then
 */
export async function fetched(
  files: Files,
  messaging: Pick<Messaging, 'fetchFile'> | undefined,
  source: MediaSource,
  by: Caller,
): Promise<Media> {
  if (!messaging)
    throw invalid(
      'media.url',
      'a file by its URL needs a plugin that provides the service `messaging`: upload it instead',
    )
  const { fileId, kind, filename } = await messaging.fetchFile(source, by.principal, by.signal)
  try {
    return await mediaOf(files, { fileId, kind, filename }, by)
  } catch (error) {
    await files.remove(fileId)
    throw error
  }
}

export function filesOf(files: Files | undefined): Files {
  if (files) return files
  throw invalid(
    'media',
    'there is no place for files here: add a plugin that provides the service `files` to the config',
  )
}

function kindOf(file: FileInfo): Media['kind'] {
  const type = essence(file)
  return (['image', 'video', 'audio'] as const).find((it) => fits[it].test(type)) ?? 'document'
}

/** `Audio/OGG; codecs=opus` → `audio/ogg` */
function essence({ contentType }: FileInfo): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase()
}

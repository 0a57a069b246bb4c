import type { FileInfo, Files, StoredTemplate } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import { invalid } from './invalid.ts'

export type Media = NonNullable<StoredTemplate['media']>
export type GivenMedia = Pick<Media, 'fileId'> & { readonly [K in 'kind' | 'filename']?: Media[K] | undefined }

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
export async function mediaOf(files: Files, given: GivenMedia, principal: Principal | null): Promise<Media> {
  const file = await files.open(given.fileId, principal)
  const kind = given.kind ?? kindOf(file)
  const type = essence(file)
  if (!fits[kind].test(type))
    throw invalid(
      'media.kind',
      `'${file.filename}' is ${type}, which cannot be sent as '${kind}'; '${kindOf(file)}' fits`,
    )
  return { kind, fileId: file.fileId, filename: given.filename ?? file.filename }
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

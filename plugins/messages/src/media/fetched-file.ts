import { type FetchedFile, type Files, fail, type MediaSource } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import { type Fetching, fetchMedia } from './fetched-media.ts'

/** What a file is called whose URL tells no name. */
const NAMELESS = 'file'

/**
 * Fetches a file and stores it: a campaign sends it many times, and nobody knows what the URL leads to tomorrow.
 * @throws WaqtorError as `fetchMedia`; WAQ_STORAGE_FULL (507), WAQ_BODY_TOO_LARGE (413)
 */
export async function fetchFile(
  { url, kind, filename }: MediaSource,
  owner: Principal | null,
  { files, ...fetching }: Fetching & { readonly files: Files | undefined },
  signal: AbortSignal,
): Promise<FetchedFile> {
  if (!files) throw fail('WAQ_MEDIA_INVALID', "files need the 'files' plugin, which this config does not have")
  const media = await fetchMedia({ url, type: kind, filename }, fetching, signal)
  const name = media.filename ?? NAMELESS
  const file = await files.create({ filename: name, owner })
  try {
    await file.write(media.data)
    const { fileId } = await file.finish()
    return { fileId, kind: media.kind, filename: name, mimeType: media.mimeType }
  } catch (error) {
    await file.abort()
    throw error
  }
}

import { Model } from './model.js'
import { define } from './registry.js'

/** Bytes that the page holds without showing them. */
class OpaqueData {
  constructor(blob, type) {
    this.blob = blob
    this.type = type
  }

  static async createFromData(blob, type) {
    return new OpaqueData(blob, type)
  }

  url() {
    return URL.createObjectURL(this.blob)
  }

  autorelease() {}

  formData() {
    return this.blob
  }
}

class MediaData extends Model {
  toJSON() {
    const { mediaBlob, renderableUrl, preview, ...attributes } = this.serialize()
    return attributes
  }

  /** Fetches what has not been fetched yet. */
  async fetch() {
    if (this.mediaStage !== 'NEED_POKE') return
    this.mediaStage = 'FETCHING'
    const answer = await fetch(this.directPath, { method: 'HEAD' })
    this.mediaStage = answer.ok ? 'RESOLVED' : 'ERROR_MISSING'
  }
}

/** @param stage `REUPLOADING`: the file is gone from the network, and only the sender's phone still has it */
export function mediaDataOf({ directPath, mimetype, size, filehash, id }, stage) {
  return new MediaData({
    directPath,
    mimetype,
    size,
    filehash,
    mediaStage: stage ?? (id.fromMe ? 'RESOLVED' : 'NEED_POKE'),
  })
}

const objects = new Map()

function getOrCreateMediaObject(filehash) {
  if (!objects.has(filehash)) {
    const object = new Model({ filehash, contentInfo: {} })
    object.consolidate = (attributes) => object.set(attributes)
    objects.set(filehash, object)
  }
  return objects.get(filehash)
}

const blobs = new Map()

export async function hashOf(blob) {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

function typeOf(mimetype, { asSticker, asDocument, isPtt }) {
  if (asSticker) return 'sticker'
  const family = mimetype.split('/')[0]
  if (asDocument || !['image', 'video', 'audio'].includes(family)) return 'document'
  return family === 'audio' && isPtt ? 'ptt' : family
}

function prepRawMedia(opaque, options) {
  return {
    async waitForPrep() {
      const filehash = await hashOf(opaque.blob)
      blobs.set(filehash, opaque.blob)
      const type = typeOf(opaque.type, options)
      return new MediaData({
        type,
        mimetype: opaque.type,
        filehash,
        size: opaque.blob.size,
        isGif: Boolean(options.asGif),
        mediaBlob: opaque,
        mediaStage: 'RESOLVED',
        ...(type === 'document' && { filename: opaque.blob.name }),
        ...(type === 'image' && { preview: 'dGh1bWJuYWls' }),
      })
    },
  }
}

/** Puts a file into the network. */
async function upload(blob, filehash) {
  const path = `/media/${filehash.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
  const answer = await fetch(path, { method: 'PUT', body: blob, headers: { 'content-type': blob.type } })
  if (!answer.ok) throw new Error(`upload failed: ${answer.status}`)
  return {
    mmsUrl: `https://${location.host}${path}`,
    deprecatedMms3Url: `https://${location.host}${path}`,
    directPath: path,
    mediaKey: 'bWVkaWFrZXk=',
    mediaKeyTimestamp: Math.floor(Date.now() / 1000),
    encFilehash: filehash,
    uploadHash: filehash,
  }
}

async function encryptAndUpload({ blob }) {
  const filehash = await hashOf(blob)
  const { mmsUrl, uploadHash, ...entry } = await upload(blob, filehash)
  return { ...entry, url: mmsUrl, filehash, mimetype: blob.type }
}

async function downloadAndMaybeDecrypt({ directPath }) {
  const answer = await fetch(directPath)
  if (!answer.ok) throw Object.assign(new Error(`media is gone: ${answer.status}`), { status: answer.status })
  return answer.arrayBuffer()
}

define('WAWebMediaOpaqueData', OpaqueData)
define('WAWebPrepRawMedia', { prepRawMedia })
define('WAWebMediaStorage', { getOrCreateMediaObject })
define('WAWebMmsMediaTypes', { msgToMediaType: ({ type }) => type, castToV4: (type) => type })
define('WAWebMediaDataUtils', { shouldUseMediaCache: () => true })
define('WAWebMediaInMemoryBlobCache', { InMemoryMediaBlobCache: { put: (hash, blob) => blobs.set(hash, blob) } })
define('WAWebMediaMmsV4Upload', {
  uploadMedia: async ({ mediaObject: { filehash } }) => ({ mediaEntry: await upload(blobs.get(filehash), filehash) }),
})
define('WAWebUploadManager', { encryptAndUpload })
define('WAWebStartMediaUploadQpl', { startMediaUploadQpl: () => ({}) })
define('WAWebImageUtils', { toWebpSticker: async (file) => new Blob([file], { type: 'image/webp' }) })
define('WAWebDownloadManager', { downloadManager: { downloadAndMaybeDecrypt } })

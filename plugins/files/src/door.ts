import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { fail, type HttpReply, type HttpRequest } from '@waqtor/contracts'
import { type CommandToken, denied, type KernelView, type Principal, WaqtorError } from '@waqtor/kernel'
import { create as contentDisposition } from 'content-disposition'
import { createFile, readFile } from './contract.ts'
import { filesErrorCodes } from './error-codes.ts'
import { isKnown, mayAnswerPart, outside, rangeOf } from './range.ts'
import { goneOr, type StoredFiles } from './stored-files.ts'

export interface DoorOptions {
  readonly kernel: KernelView
  readonly files: StoredFiles
  readonly maxBytes: number
}

/** `/files` for curl and browsers: whole files as they are, in one request each, under the rules of the commands. */
export function createDoor({ kernel, files, maxBytes }: DoorOptions) {
  /** Whoever may not call the command may not do the same here. */
  async function demand(command: CommandToken, { principal, requestId }: HttpRequest): Promise<Principal> {
    const denial = await kernel.authorize(command, { id: requestId, via: 'rest', principal }, null)
    if (denial) throw denied(denial)
    return principal!
  }

  async function take(http: HttpRequest): Promise<HttpReply> {
    const principal = await demand(createFile, http)
    const upload = await files.begin(new URLSearchParams(http.search).get('filename') ?? '', principal)
    try {
      for await (const chunk of http.stream(maxBytes)) await upload.append(chunk)
      const info = await upload.finish()
      return { status: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(info) }
    } catch (error) {
      await upload.abort()
      throw error
    }
  }

  async function give(fileId: string, http: HttpRequest): Promise<Response> {
    const { path, ...info } = await files.open(fileId, await demand(readFile, http))
    // A file never changes once it is there, and no id is given twice.
    const etag = `"${info.fileId}"`
    if (isKnown(http.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers: { etag } })
    const headers = {
      'content-type': info.contentType,
      'content-disposition': contentDisposition(info.filename),
      // Shown by mistake, it would run no script and reach nothing.
      'content-security-policy': 'sandbox',
      'accept-ranges': 'bytes',
      etag,
    }
    // Ranges are for GET; HEAD tells of the whole.
    const wanted = http.method === 'GET' && mayAnswerPart(http.headers.get('if-range'), etag)
    const range = wanted ? rangeOf(http.headers.get('range'), info.bytes) : undefined
    if (range === outside) throw rangeOutside(info.bytes)
    const bytes = range ? range.last - range.first + 1 : info.bytes
    const all = {
      ...headers,
      'content-length': String(bytes),
      ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${info.bytes}` }),
    }
    if (http.method === 'HEAD') return new Response(null, { headers: all })
    const handle = await open(path, 'r').catch((error: unknown) => {
      throw goneOr(error, fileId)
    })
    const part = range && { start: range.first, end: range.last }
    const content = Readable.toWeb(handle.createReadStream(part)) as ReadableStream<Uint8Array>
    return new Response(content, { status: range ? 206 : 200, headers: all })
  }

  return async (http: HttpRequest): Promise<Response | HttpReply> => {
    const { method, path, principal } = http
    // Who has not said who they are is not told what there is.
    if (!principal) throw new WaqtorError('WAQ_UNAUTHENTICATED', 'a credential is needed')
    if (path === '/') {
      if (method === 'POST') return take(http)
      throw notAllowed(method, 'POST')
    }
    const fileId = /^\/([^/]+)$/.exec(path)?.[1]
    if (fileId === undefined) throw fail('WAQ_ROUTE_UNKNOWN', 'there is nothing at this path')
    if (method === 'GET' || method === 'HEAD') return give(fileId, http)
    throw notAllowed(method, 'GET, HEAD')
  }
}

function notAllowed(method: string, allow: string): Error {
  return fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, { details: { allow } })
}

function rangeOutside(bytes: number): Error {
  const { status } = filesErrorCodes.WAQ_RANGE_OUTSIDE
  const details = { contentRange: `bytes */${bytes}` }
  return new WaqtorError('WAQ_RANGE_OUTSIDE', `the file has only ${bytes} bytes`, { status, details })
}

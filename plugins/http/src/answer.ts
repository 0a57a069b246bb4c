import type { ServerResponse } from 'node:http'
import type { HttpReply } from '@waqtor/contracts'

export type StandingHeaders = Readonly<Record<string, string>>

/**
 * Writes an answer. `standing` are the headers that every answer has; its own ones win.
 * @returns a promise where it takes its time
 */
export function write(
  answer: Response | HttpReply,
  standing: StandingHeaders,
  outgoing: ServerResponse,
): Promise<void> | undefined {
  // The client has gone: nobody is left to tell, and what was opened for it is let go of.
  if (outgoing.destroyed) return answer instanceof Response ? answer.body?.cancel() : undefined
  if (answer instanceof Response) return writeResponse(answer, standing, outgoing)
  writeReply(answer, standing, outgoing)
  return undefined
}

async function writeResponse(answer: Response, standing: StandingHeaders, outgoing: ServerResponse): Promise<void> {
  const headers: Record<string, string | string[]> = { ...standing }
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') headers[name] = value
  varying(headers, standing)
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  outgoing.writeHead(answer.status, headers)
  if (answer.body && outgoing.req.method !== 'HEAD') {
    await pump(answer.body, outgoing)
    return
  }
  outgoing.end()
  await answer.body?.cancel()
}

function writeReply({ status, headers, body }: HttpReply, standing: StandingHeaders, outgoing: ServerResponse): void {
  const all: Record<string, string | number> = { ...standing, ...headers }
  varying(all, standing)
  if (body !== undefined) all['content-length'] = Buffer.byteLength(body)
  else if (status !== 204 && status !== 304) all['content-length'] = 0
  outgoing.writeHead(status, all)
  outgoing.end(body)
}

/** What an answer depends on is added up: an own `vary` does not take the place of the standing one. */
function varying(headers: Record<string, unknown>, { vary }: StandingHeaders): void {
  if (vary !== undefined && headers.vary !== vary) headers.vary = `${vary}, ${headers.vary}`
}

/** Copies a stream to the client no faster than it reads. */
async function pump(stream: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = stream.getReader()
  const gone = () => {
    reader.cancel().catch(() => {})
  }
  outgoing.once('close', gone)
  outgoing.flushHeaders()
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (!outgoing.write(chunk.value)) await Promise.race([room(outgoing), reader.closed])
    }
    outgoing.end()
  } finally {
    outgoing.off('close', gone)
  }
}

function room(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off('drain', settle).off('close', settle)
      resolve()
    }
    outgoing.on('drain', settle).on('close', settle)
  })
}

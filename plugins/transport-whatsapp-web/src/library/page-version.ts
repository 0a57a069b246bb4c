import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A request of the page that may be answered in the place of the network. */
interface PageRequest {
  url(): string
  respond(answer: { readonly status: number; readonly contentType: string; readonly body: string }): Promise<void>
  continue(): Promise<void>
}

/** What is needed of a page to answer its requests. */
export interface InterceptedPage {
  setRequestInterception(on: boolean): Promise<void>
  on(event: 'request', listener: (request: PageRequest) => void): unknown
}

const pageUrl = 'https://web.whatsapp.com/'

/**
 * Serves a kept page in the place of WhatsApp's newest.
 * @throws when there is no such version
 */
export async function pinPage(page: InterceptedPage, kept: { readonly version: string; readonly directory: string }) {
  const file = join(kept.directory, `${kept.version}.html`)
  const body = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`the page version '${kept.version}' that the config pins is not there: ${file}`, { cause })
  })
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    const answer =
      request.url() === pageUrl ? request.respond({ status: 200, contentType: 'text/html', body }) : request.continue()
    // A request whose page has gone needs no answer.
    answer.catch(() => {})
  })
}

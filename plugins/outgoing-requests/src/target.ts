import { z } from '@waqtor/kernel'
import { refuse } from './refuse.ts'

/** A URL, taken apart once: nobody looks at its text again. */
export interface Target {
  /** As it is asked for: no fragment. */
  readonly url: URL
  readonly secure: boolean
  /** A name in ASCII without the dot at its end, or an address, without brackets. */
  readonly hostname: string
  readonly port: number
  /** `name:port`, `1.2.3.4:80`, `[::1]:80` */
  readonly place: string
}

const MOST_CHARACTERS = 2_048

/**
 * Takes a URL apart as browsers do, which turns every disguise of an address (`0x7f.1`, `2130706433`, `①②⑦.⓪.⓪.①`) into
 * the address.
 * @throws WaqtorError WAQ_URL_INVALID (400)
 */
export function parseTarget(text: string): Target {
  if (text.length > MOST_CHARACTERS)
    throw refuse('WAQ_URL_INVALID', `the URL has more than ${MOST_CHARACTERS} characters`)
  // The standard leaves these out or turns them round; nobody who means well writes them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u0020\u007f\\]/.test(text))
    throw refuse('WAQ_URL_INVALID', 'the URL holds spaces, control characters or backslashes')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw refuse('WAQ_URL_INVALID', 'this is no whole URL: it begins with http:// or https://')
  const secure = url.protocol === 'https:'
  if (!secure && url.protocol !== 'http:')
    throw refuse('WAQ_URL_INVALID', `'${url.protocol}' is not taken: only http:// and https://`)
  if (url.username !== '' || url.password !== '')
    throw refuse('WAQ_URL_INVALID', 'the URL holds a user or a password: send a header instead')
  url.hash = ''
  const hostname = bare(url.hostname)
  if (hostname === '') throw refuse('WAQ_URL_INVALID', 'the URL names no host')
  const port = Number(url.port || (secure ? 443 : 80))
  return { url, secure, hostname, port, place: placeOf(hostname, port) }
}

/** `10.0.0.5:5678`, `n8n:5678` or `[fd00::5]:5678`: one place in a private network, for a plugin's config. */
export const PrivatePlace = z
  .string()
  .max(260)
  .refine(
    (it) => placeIn(it) !== undefined,
    "must be 'host:port', like '10.0.0.5:5678', 'n8n:5678' or '[fd00::5]:5678'",
  )

/** The config field of plugins that make such requests. */
export const AllowPrivate = z
  .array(PrivatePlace)
  .max(100)
  .default([])
  .describe("Places in private networks that may be reached, each as 'host:port'; the host's own port never")

/** How `parseTarget` writes the same place; nothing when it is none. */
export function placeIn(entry: string): string | undefined {
  const port = /^[^/\\?#@\s]+:(\d{1,5})$/.exec(entry)?.[1]
  if (port === undefined || Number(port) > 65_535 || Number(port) === 0) return undefined
  const text = `http://${entry}/`
  return URL.canParse(text) ? placeOf(bare(new URL(text).hostname), Number(port)) : undefined
}

/** A name or an address together with its port. */
export function placeOf(hostname: string, port: number): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

/** The port in the address of a server, `http://127.0.0.1:8080`; none while it does not listen. */
export function portsOf(address: string | undefined): readonly number[] {
  if (address === undefined) return []
  const { port, protocol } = new URL(address)
  return [Number(port) || (protocol === 'https:' ? 443 : 80)]
}

import { messageOf } from '@waqtor/kernel'
import { installHint } from '../chromium/install.ts'

/** Why a connection ended, in words for a person, and what follows from it. */
export interface Ending {
  readonly reason: string
  /** The phone has unlinked the account: it must be paired again. */
  readonly loggedOut?: boolean
  /** WhatsApp restricts the account. */
  readonly restricted?: boolean
  /** Meant by us: it says nothing about the health of anything. */
  readonly planned?: boolean
}

/** What a state of the page's socket means for the connection; nothing where it only passes. */
export function endingOfState(state: string): Ending | undefined {
  switch (state) {
    case 'UNPAIRED':
    case 'UNPAIRED_IDLE':
    case 'LOGOUT':
      return { reason: 'logged out on the phone: pair the account again', loggedOut: true }
    case 'CONFLICT':
      return { reason: 'another WhatsApp Web took over with the same pairing (conflict)' }
    case 'TOS_BLOCK':
    case 'SMB_TOS_BLOCK':
      return { reason: `WhatsApp has blocked the account (${state}): see the phone`, restricted: true }
    case 'UNLAUNCHED':
      return { reason: 'WhatsApp has ended the session' }
    case 'PROXYBLOCK':
      return { reason: 'WhatsApp refuses connections from this network (PROXYBLOCK)' }
    case 'DEPRECATED_VERSION':
      return { reason: 'WhatsApp does not accept this version of its page any more: remove `pageVersion`' }
    case 'Max qrcode retries reached':
      return { reason: 'nobody scanned the QR codes in time', planned: true }
    default:
      return undefined
  }
}

/** What went wrong with Chromium or with the page, in words for a person. */
export function problemInWords(error: unknown): string {
  const text = messageOf(error)
  if (/auth timeout/.test(text)) {
    return 'the page came, but not as expected: WhatsApp may have changed its page. Update WaQtor, or pin `pageVersion`'
  }
  if (/ERR_NAME_NOT_RESOLVED|ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_ADDRESS_UNREACHABLE/.test(text)) {
    return 'web.whatsapp.com cannot be reached: this machine has no way to the Internet, or no name service'
  }
  if (/ERR_(CONNECTION|TIMED_OUT|PROXY|TUNNEL|SSL|CERT)\w*/.test(text)) {
    return `web.whatsapp.com cannot be reached (${/ERR_\w+/.exec(text)?.[0]})`
  }
  if (/already running for/.test(text)) return 'another Chromium uses the session of this account: end it first'
  if (/ENOENT|EACCES|Browser was not found/.test(text)) return `Chromium cannot be run: ${installHint}`
  if (/Running as root without --no-sandbox/i.test(text)) return 'Chromium refuses to run as root with its sandbox'
  if (/error while loading shared libraries/.test(text))
    return `Chromium lacks a library of the system: ${firstLine(text)}`
  if (/No usable sandbox/i.test(text)) {
    return 'Chromium finds no sandbox: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), see docs/whatsapp.md'
  }
  if (/Failed to launch/.test(text)) return `Chromium did not start: ${firstLine(text)}`
  if (isLibraryGone(text)) {
    return `WhatsApp changed its page: a part that is needed is missing (${firstLine(text)}). Update WaQtor, or pin \`pageVersion\``
  }
  return firstLine(text)
}

/** The document went away under the call: a reload, which is not the end. */
export function isReload(error: unknown): boolean {
  return /Execution context was destroyed|Cannot find context|frame was detached|detached Frame/i.test(messageOf(error))
}

function isLibraryGone(text: string): boolean {
  return /Requiring unknown module|Cannot read properties of (undefined|null)|is not a function/.test(text)
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.slice(0, 300)
}

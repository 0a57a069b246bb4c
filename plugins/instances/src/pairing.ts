import { fail } from '@waqtor/contracts'
import type { WaqtorError } from '@waqtor/kernel'
import type { Account } from './account.ts'

/** How long a caller waits for a code that is about to come. */
const WAIT_MS = 15_000

type Shown<T> = T & { readonly timestamp: number }

/** The QR code of a session that waits to be paired; waits for it while the session is on its way. */
export async function qrOf(account: Account, signal: AbortSignal): Promise<Shown<{ qr: string }>> {
  const shown = await account.until(
    () => {
      demandUnpaired(account)
      return account.session.view.qr ?? undefined
    },
    WAIT_MS,
    signal,
  )
  if (shown) return shown
  throw account.notReady(`instance '${account.id}' has no QR code yet: try again in a moment`)
}

/** Asks for a code to type into the phone. Without a number: the code that was asked for last. */
export async function pairingCodeOf(
  account: Account,
  phoneNumber: string | undefined,
  signal: AbortSignal,
): Promise<Shown<{ code: string }>> {
  if (phoneNumber === undefined) {
    const shown = account.session.view.pairingCode
    if (shown) return shown
    throw fail('WAQ_CONFLICT', `no pairing code was asked for instance '${account.id}' yet: give a phone number`)
  }
  const digits = phoneDigits(phoneNumber)
  const transport = await account.until(
    () => {
      demandUnpaired(account)
      // Only a session that shows a QR code can be paired in the other way.
      return account.session.view.status === 'qr' ? account.session.transport : undefined
    },
    WAIT_MS,
    signal,
  )
  if (!transport) throw account.notReady(`instance '${account.id}' cannot be paired yet: try again in a moment`)
  const code = await transport.requestPairingCode(digits)
  return { code, timestamp: account.session.view.pairingCode?.timestamp ?? Date.now() }
}

/** The digits of a phone number with its country code, in any usual writing. */
export function phoneDigits(text: string): string {
  const latin = text.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (it) => String(it.charCodeAt(0) & 15))
  const plain = latin.replace(/[\s().+\u200e\u200f\u202a-\u202e\u2066-\u2069-]/g, '').replace(/^00/, '')
  if (/^[1-9]\d{6,14}$/.test(plain)) return plain
  throw fail('WAQ_CHAT_ID_INVALID', `'${text}' is no phone number with a country code, like +20 100 123 4567`)
}

/** @throws WaqtorError WAQ_CONFLICT (409) where no code will come */
function demandUnpaired(account: Account): void {
  const { status } = account.session.view
  if (status === 'ready' || status === 'authenticated')
    throw conflict(`instance '${account.id}' is paired already: log it out first to pair it anew`)
  if (account.session.isAtRest) throw conflict(`instance '${account.id}' does not run: start it first`)
}

function conflict(message: string): WaqtorError {
  return fail('WAQ_CONFLICT', message)
}

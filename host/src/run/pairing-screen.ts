import type { Envelope } from '@waqtor/kernel'
import type { Sink } from '../cli/world.ts'

/** Events that carry a code for linking an account; the host knows them by name only. */
export const pairingEvents = ['session.qr', 'session.pairing-code'] as const

/**
 * Draws a code on a terminal, for whoever has no dashboard at hand.
 * Nowhere else: a code that links the account must not end up in a log file.
 */
export async function showPairing(sink: Sink, { type, instance, data }: Envelope): Promise<void> {
  if (!sink.isTTY) return
  const { qr, code } = data as { readonly qr?: unknown; readonly code?: unknown }
  if (type === 'session.pairing-code' && typeof code === 'string')
    sink.write(`\n  ${instance}: enter this code on the phone: ${code}\n\n`)
  if (type === 'session.qr' && typeof qr === 'string') {
    const { default: qrcode } = await import('qrcode')
    const picture = await qrcode.toString(qr, { type: 'terminal', small: true })
    sink.write(`\n  ${instance}: scan this with WhatsApp, Linked devices\n${picture}\n`)
  }
}

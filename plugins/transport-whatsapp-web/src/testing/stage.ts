import type { Transport, TransportProvider, TransportSetup } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { Double } from '@waqtor/whatsapp-web-double'
import { Options } from '../options.ts'
import { Shared } from '../session/shared.ts'
import { WhatsAppWebTransport } from '../transport.ts'
import { chromium } from './chromium.ts'

/** Time limits that keep tests short. They only bound what must fail, never what must work. */
const shortLimits = {
  kickMs: 500,
  pollMs: 100,
  watchMs: 200,
  offlineMs: 1_000,
  textMs: 4_000,
  lookMs: 4_000,
  ackMs: 3_000,
}

/** What is logged in tests is of no interest to them. */
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

/** The plugin's transport on the double. */
export function sharedFor(
  double: Pick<Double, 'chromiumArgs'>,
  more: Partial<Parameters<typeof Options.parse>[0] & object> = {},
): Shared {
  const { limits = {}, ...others } = more as { limits?: object }
  const options = Options.parse({
    chromium: { ...(chromium && { executablePath: chromium }), args: [...double.chromiumArgs] },
    breaker: { failures: 1_000 },
    maxInstances: 100,
    ...others,
    limits: { ...shortLimits, ...limits },
  })
  return new Shared(options, silent)
}

/** A provider whose accounts a phone links by itself as soon as they show a QR. */
export function linking(double: Double, shared: Shared): TransportProvider {
  return {
    kind: 'whatsapp-web',
    create: (setup) => new WhatsAppWebTransport(shared, { ...setup, report: scanning(double, setup) }),
  }
}

/** A provider whose accounts wait for the phone. */
export function waiting(shared: Shared): TransportProvider {
  return { kind: 'whatsapp-web', create: (setup): Transport => new WhatsAppWebTransport(shared, setup) }
}

function scanning(double: Double, { instance, report }: TransportSetup): TransportSetup['report'] {
  let isScanned = false
  return (fact) => {
    if (fact.type !== 'qr') return report(fact)
    if (isScanned) return
    isScanned = true
    void double.scan({ qr: fact.qr, instance }).catch((error: unknown) => {
      isScanned = false
      report({ type: 'auth-failure', reason: String(error) })
    })
  }
}

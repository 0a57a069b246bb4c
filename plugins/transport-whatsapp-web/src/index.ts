import { Transports } from '@waqtor/contracts'
import { definePlugin } from '@waqtor/kernel'
import { doctorChecks } from './doctor.ts'
import { Options } from './options.ts'
import { Shared } from './session/shared.ts'
import { WhatsAppWebTransport } from './transport.ts'

/**
 * Real WhatsApp accounts, each in a Chromium of its own. WhatsApp's terms do not allow this, and it may block accounts.
 * @example plugins: [sqlite(), events(), instances(), whatsappWeb({ chromium: { executablePath: '/usr/bin/chromium' } })]
 */
export default definePlugin({
  name: 'transport-whatsapp-web',
  kernel: '^1',
  config: Options,
  requires: { transports: Transports },
  doctor: doctorChecks,
  setup(ctx) {
    const shared = new Shared(ctx.config, ctx.log)
    ctx.onClose(
      ctx.services.transports.add({
        kind: 'whatsapp-web',
        create: (setup) => new WhatsAppWebTransport(shared, setup),
      }),
    )
  },
})

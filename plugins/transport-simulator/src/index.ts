import { randomUUID } from 'node:crypto'
import { HostInfo, Transports } from '@waqtor/contracts'
import { definePlugin, type Logger } from '@waqtor/kernel'
import type { NetworkAccess } from './access.ts'
import { chat, chats, control, deliver, phone, phones, scan } from './contract.ts'
import { LocalAccess } from './local-access.ts'
import { wellBehaved } from './network/behaviour.ts'
import { systemClock } from './network/clock.ts'
import { Options } from './options.ts'
import { RemoteAccess } from './remote/remote-access.ts'
import { SimulatorTransport } from './transport.ts'

export { chat, chats, control, deliver, phone, phones, scan } from './contract.ts'

/** A virtual WhatsApp network: inside this process, or in one of its own (`waqtor simulator`). */
export default definePlugin({
  name: 'transport-simulator',
  kernel: '^1',
  config: Options,
  requires: { transports: Transports },
  optional: { host: HostInfo },
  cli: [
    {
      name: 'simulator',
      summary: 'Run a virtual WhatsApp network as a process of its own',
      load: async () => (await import('./cli.ts')).cli,
    },
  ],
  setup(ctx) {
    const { autoPair, preDrawnIds, answerTimeoutMs } = ctx.config
    const address = ctx.config.network || String(ctx.services.host?.options.simulatorNetwork ?? '')
    const access = address === '' ? localAccess(ctx.config, (it) => ctx.log.warn(it)) : remoteAccess(address, ctx.log)
    ctx.onClose(() => access.close())

    // What a broken connection has left in its buffers is read within moments; a process of its own may be busy.
    const absentAfterMs = address === '' ? 1_000 : 2_000
    const options = { access, clock: systemClock, autoPair, preDrawnIds, absentAfterMs, answerTimeoutMs }
    ctx.onClose(
      ctx.services.transports.add({
        kind: 'simulator',
        create: (setup) => new SimulatorTransport(options, setup),
      }),
    )

    ctx.handle(control, (input) => access.control(input))
    ctx.handle(deliver, (input) => access.deliver(input))
    ctx.handle(phone, (input) => access.phone(input))
    ctx.handle(scan, (input) => access.scan(input))
    ctx.handle(phones, () => access.phones())
    ctx.handle(chats, ({ instance, limit }) => access.chats(instance, limit))
    ctx.handle(chat, ({ instance, with: partner, limit }) => access.chat(instance, partner, limit))
  },
})

function localAccess(options: Options, onProblem: (message: string) => void): NetworkAccess {
  const { latencyMs, ackDelayMs, seed, historyLimit, unregistered, autoAnswer: answer } = options
  const behaviour = { ...wellBehaved(String(seed)), latencyMs, ackDelayMs }
  return new LocalAccess({
    clock: systemClock,
    identity: randomUUID(),
    behaviour,
    historyLimit,
    unregistered,
    answer,
    onProblem,
  })
}

function remoteAccess(address: string, log: Logger): NetworkAccess {
  return new RemoteAccess({
    address,
    onReach: (reached, reason) => {
      if (reached) log.info(`the simulator at ${address} is there`)
      else
        log.warn(`waiting for the simulator at ${address}: ${reason}`, {
          start: `waqtor simulator --listen ${new URL(address).host}`,
        })
    },
  })
}

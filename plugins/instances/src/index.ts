import { Database, EventLog, HostInfo, InstanceId, Instances, Transports } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { Accounts } from './accounts.ts'
import { handleCommands } from './commands.ts'
import {
  disclosures,
  InstanceCreated,
  InstanceDeleted,
  SessionPairingCode,
  SessionQr,
  SessionStatusChanged,
  StatusChannel,
} from './contract.ts'
import { sessionMetrics } from './metrics.ts'
import { sessionNotice } from './notices.ts'
import { limitsSchema, pausesSchema } from './options.ts'
import { systemScheduler } from './scheduler.ts'
import { migrations } from './store.ts'

export * from './contract.ts'

/**
 * The accounts, their sessions, and the supervision that keeps them connected.
 * @example plugins: [sqlite(), events(), instances({ create: ['default', 'shop'] }), simulator()]
 */
export default definePlugin({
  name: 'instances',
  kernel: '^1',
  config: z.strictObject({
    defaultTransport: z.string().optional().describe('For accounts that name none; the first that a plugin brings'),
    create: z.array(InstanceId).default(['default']).describe('Accounts that are created at the first start'),
    autoStart: z.boolean().default(true).describe('False: no session starts before a person starts it'),
    backOff: pausesSchema,
    limits: limitsSchema,
  }),
  requires: { database: Database, events: EventLog, host: HostInfo },
  provides: [Instances, Transports],
  events: [SessionQr, SessionPairingCode, SessionStatusChanged, InstanceCreated, InstanceDeleted],
  contributes: [StatusChannel, ...disclosures, sessionNotice, sessionMetrics],
  async setup(ctx) {
    const { database, events, host } = ctx.services
    const { defaultTransport, create, autoStart, backOff, limits } = ctx.config
    await database.migrate('instances', 'host', migrations)

    const accounts = new Accounts({
      database,
      events,
      dataDirectory: host.dataDirectory,
      scheduler: systemScheduler,
      random: Math.random,
      log: ctx.log,
      limits,
      backOff,
      ...(defaultTransport !== undefined && { defaultTransport }),
      showQr: (instance, qr, timestamp) => ctx.emit(SessionQr, { qr, timestamp }, instance),
      showPairingCode: (instance, code, timestamp) => ctx.emit(SessionPairingCode, { code, timestamp }, instance),
    })
    ctx.onClose(() => accounts.close())
    ctx.provide(Instances, accounts)
    ctx.provide(Transports, accounts.kinds)
    handleCommands(ctx, accounts, systemScheduler)

    const { boot, ready, close } = ctx.kernel.hooks
    ctx.tap(boot, () => accounts.load(create))
    ctx.tap(ready, () => accounts.start(autoStart))
    ctx.tap(close, () => accounts.close())
  },
})

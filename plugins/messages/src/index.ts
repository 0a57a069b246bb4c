import { Database, EventLog, Files, HostInfo, Instances, Messaging, Outbox } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { AllowPrivate, createOutgoing, portsOf } from '@waqtor/outgoing-requests'
import { type CountryCode, requireChatId } from '@waqtor/phone-numbers'
import { Actions } from './changes/actions.ts'
import { handleCommands } from './commands.ts'
import * as contract from './contract.ts'
import { DirectSends } from './direct/direct-sends.ts'
import { renderDirect } from './direct/payload.ts'
import { Waiters } from './direct/waiters.ts'
import { Witnesses } from './inbox/witnesses.ts'
import { Mailboxes } from './mailboxes.ts'
import { fetchFile } from './media/fetched-file.ts'
import { MessageMedia } from './media/message-media.ts'
import { createMessagingHooks, MessagingService } from './messaging-service.ts'
import { messageMetrics } from './metrics.ts'
import { Gates } from './outbox/gates.ts'
import { Lanes } from './outbox/lanes.ts'
import { createOutboxService } from './outbox-service.ts'
import { Reading } from './reading.ts'
import { migrations } from './schema.ts'

export * from './contract.ts'

/** What a timer of Node's can wait: 24 days. */
const longestTimerMs = 2 ** 31 - 1

const config = z.strictObject({
  defaultCountry: z
    .string()
    .length(2)
    .toUpperCase()
    .optional()
    .describe('Country of numbers without a country code, as ISO 3166: EG'),
  inFlight: z.int().min(1).max(1000).default(1).describe('Direct sends under way at once, per instance'),
  waitMs: z.int().positive().default(30_000).describe('How long a send waits for the session'),
  sendTimeoutMs: z
    .int()
    .positive()
    .max(longestTimerMs)
    .default(60_000)
    .describe('A send without an answer after this long is in doubt'),
  absentAfterMs: z
    .int()
    .positive()
    .optional()
    .describe('Two absences this far apart prove that nothing left; the figure of the transport when absent'),
  patienceMs: z.int().positive().default(120_000).describe('How long an unreadable chat history is asked again'),
  ackTimeoutMs: z
    .int()
    .positive()
    .default(24 * 3_600_000)
    .describe('A message that the network never acknowledged is held after this long'),
  media: z
    .strictObject({
      maxBytes: z
        .int()
        .positive()
        .default(16 * 1024 * 1024)
        .describe('Larger files are neither downloaded nor sent by their `fileId` or URL'),
      download: z
        .boolean()
        .default(false)
        .describe('Download the files of incoming messages at once; else when somebody asks for them'),
      allowPrivate: AllowPrivate,
    })
    .prefault({})
    .describe('The files of messages'),
  stopGraceMs: z.int().nonnegative().default(5_000).describe('How long a stop waits for sends under way'),
})

/** Sending and receiving through one durable outbox. */
export default definePlugin({
  name: 'messages',
  kernel: '^1',
  config,
  requires: { database: Database, events: EventLog, host: HostInfo, instances: Instances },
  optional: { files: Files },
  provides: [Messaging, Outbox],
  events: [
    contract.MessageReceived,
    contract.MessageSent,
    contract.MessageStatusChanged,
    contract.MessageReaction,
    contract.MessageEdited,
    contract.MessageDeleted,
    contract.PollVote,
    contract.SessionStats,
  ],
  contributes: [contract.StatsChannel, messageMetrics],
  async setup(ctx) {
    const { database, events, files, host, instances } = ctx.services
    const { defaultCountry, waitMs, absentAfterMs, inFlight, media: mediaOptions, ...limits } = ctx.config
    await database.migrate('messages', 'instance', migrations)

    const normalize = (address: string) => requireChatId(address, defaultCountry as CountryCode | undefined)
    const lanes = new Lanes()
    const gates = new Gates(ctx.log)
    ctx.onClose(() => gates.close())
    const waiters = new Waiters()
    const witnesses = new Witnesses(ctx.log, ctx.signal)
    const hooks = createMessagingHooks(ctx.log)
    const stats = (instance: string, data: z.input<typeof contract.SessionStats.schema>) =>
      ctx.emit(contract.SessionStats, data, instance)
    const fileOf = (instance: string) => mailboxes.of(instance).file
    const outgoing = createOutgoing({
      allowPrivate: mediaOptions.allowPrivate,
      ownPorts: () => portsOf(host.address?.()),
    })
    ctx.onClose(() => outgoing.close())
    const media = new MessageMedia({ instances, files, fileOf, maxBytes: mediaOptions.maxBytes, waitMs })
    if (mediaOptions.download && !files)
      ctx.log.warn('files of incoming messages are not downloaded at once: no plugin stores files')
    const mailboxes: Mailboxes = new Mailboxes({
      database,
      dataDirectory: host.dataDirectory,
      events,
      lanes,
      gates,
      waiters,
      witnesses,
      hooks,
      inFlight,
      log: ctx.log,
      timing: { ...limits, absentAfterMs },
      stats,
      ...(mediaOptions.download &&
        files && {
          fetchAhead: (instance, messageId, signal) => media.fetchAhead({ instance, messageId }, files, signal),
        }),
    })
    const sends = new DirectSends({ instances, outboxOf: (it) => mailboxes.of(it).outbox, waiters, waitMs })
    const messaging = new MessagingService({
      hooks,
      sends,
      witnesses,
      normalizeChatId: normalize,
      defaultCountry,
      fileOf,
      fetchFile: (source, owner, signal) =>
        fetchFile(source, owner, { outgoing, maxBytes: mediaOptions.maxBytes, files }, signal),
    })
    const actions = new Actions({ instances, events, fileOf, waitMs })
    const reading = new Reading(mailboxes, normalize)

    lanes.add({
      source: 'api',
      render: (instance, row) => renderDirect(fileOf(instance), row),
      shifted: async () => {},
    })
    ctx.provide(Messaging, messaging)
    ctx.provide(Outbox, createOutboxService(mailboxes, lanes, gates))
    ctx.onClose(() => mailboxes.close())
    // Observed from `boot` on, when every lane is there; let go of in `close`, while every lane still is.
    let forget: () => unknown = () => {}
    ctx.tap(ctx.kernel.hooks.boot, () => {
      forget = instances.observe(mailboxes)
      ctx.onClose(forget)
    })
    ctx.tap(ctx.kernel.hooks.close, async () => {
      await forget()
      await mailboxes.close()
    })

    handleCommands(ctx, { messaging, reading, actions, media, files, outgoing, maxBytes: mediaOptions.maxBytes })
    ctx.handle(contract.messageStats, ({ instance }) => mailboxes.of(instance).numbers())
    ctx.handle(contract.resetStats, ({ instance }) => mailboxes.of(instance).resetStats())
    ctx.handle(contract.checkNumber, async ({ instance, number }, call) => {
      const chatId = normalize(number)
      const session = await instances.ready(instance, { signal: call.signal, timeoutMs: waitMs })
      const known = await mailboxes.of(instance).outbox.checkNumber(session, chatId)
      return { number: chatId.slice(0, chatId.indexOf('@')), exists: known !== null, chatId: known }
    })
  },
})

import type { DatabaseFile, EventLog, Instances, People } from '@waqtor/contracts'
import { type KernelView, type Logger, messageOf } from '@waqtor/kernel'
import type { Outgoing } from '@waqtor/outgoing-requests'
import { Administration } from './administration.ts'
import { Book } from './book.ts'
import { type Clock, wallClock } from './clock.ts'
import type { Config } from './config.ts'
import { Dispatcher } from './deliveries/dispatcher.ts'
import { Recorder } from './deliveries/recorder.ts'
import { Sender } from './deliveries/sender.ts'
import { Intake } from './intake.ts'
import { Live } from './live.ts'
import { Reach } from './reach.ts'
import { Replays } from './replays.ts'
import { SecretBox } from './sealing.ts'
import { WebhookStore } from './store.ts'
import { Sweeper } from './sweeper.ts'
import { Vouching } from './vouching.ts'

const HOUR_MS = 3_600_000

export interface WebhooksOptions {
  readonly kernel: KernelView
  readonly file: DatabaseFile
  readonly events: EventLog
  readonly instances: Instances | undefined
  readonly people: People | undefined
  readonly outgoing: Outgoing
  readonly key: Buffer
  readonly version: string
  readonly config: Config
  readonly log: Logger
  readonly clock?: Clock
  readonly random?: () => number
}

/** The parts of the plugin, put together and at work. */
export type Webhooks = Awaited<ReturnType<typeof openWebhooks>>

/** Reads what there is; with `begin` it goes to work: logs are read and deliveries are made. */
export async function openWebhooks(options: WebhooksOptions) {
  const { kernel, file, events, instances, people, outgoing, key, version, config, log } = options
  const { clock = wallClock, random = Math.random } = options
  const { retryDelaysMs: delays, disableAfter, timeoutMs, stopGraceMs, most, keepDays, keepDeadDays } = config
  const closing = new AbortController()
  const store = new WebhookStore(new SecretBox(key))
  const book = new Book()
  await book.load(file, store, log)

  const sender = new Sender({ outgoing, clock, timeoutMs, version })
  const recorder = new Recorder({ file, events, store, book, log, clock, delays, random, disableAfter })
  const dispatcher = new Dispatcher({ file, sender, recorder, clock, log, book, stopGraceMs })
  const wake = (id: string) => dispatcher.wake(id)
  const live = new Live({ book, sender, clock, log })
  const replays = new Replays({ file, events, clock, wake })
  const reach = new Reach(kernel)
  const administration = new Administration({ file, store, book, reach, outgoing, instances, clock, most })
  const sweeper = new Sweeper({ file, store, clock, keepDays, keepDeadDays, signal: closing.signal })

  const switchOff = (id: string, reason: string) => recorder.switchOff(id, reason)
  const vouching = new Vouching({ people, book, reach, log, switchOff })

  let stopReading: () => unknown = () => {}
  let deaf = () => {}
  const sweep = () =>
    sweeper.sweep().catch((error: unknown) => {
      log.warn('old deliveries could not be removed; the next try is in an hour', { problem: messageOf(error) })
    })
  const hourly = () => {
    void sweep()
    void vouching.review()
  }
  const timer = setInterval(hourly, HOUR_MS).unref()
  const sweeping = sweep()

  return {
    file,
    book,
    sender,
    replays,
    administration,
    vouching,
    /** Goes to work: not before it is known who may still see what. */
    async begin(): Promise<void> {
      await vouching.review()
      if (closing.signal.aborted) return
      for (const it of book.all()) dispatcher.follow(it.id, it)
      book.watch((id, record) => dispatcher.follow(id, record))
      stopReading = events.read(new Intake({ store, book, clock, wake }))
      deaf = kernel.events.onAny((_, envelope) => live.hear(envelope))
    },
    /** Removes the deliveries of a webhook that is gone. */
    purge: (id: string) => sweeper.purge(id),
    async close(): Promise<void> {
      closing.abort()
      clearInterval(timer)
      deaf()
      await vouching.close()
      await stopReading()
      await live.close()
      await dispatcher.close()
      await sweeping
    },
  }
}

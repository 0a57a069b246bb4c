import {
  type Awaitable,
  defineEvent,
  defineService,
  type Envelope,
  type EventToken,
  type z,
  z as zod,
} from '@waqtor/kernel'
import type { Tx } from './database.ts'
import { InstanceId, Timestamp } from './primitives.ts'

export interface EventPage {
  readonly items: readonly Envelope[]
  /** Opaque: where this page ends. Ask with it again for what comes later. */
  readonly nextCursor: string
  /** There is more in the log already. The page may be empty all the same: it looks through a bounded stretch. */
  readonly more: boolean
}

export interface EventQuery {
  /** The account's log, or the host's with `null`. */
  readonly instance: string | null
  /** A cursor from an earlier page, or a sequence. Events after it. */
  readonly after?: string
  /** Only these types; all when absent. */
  readonly types?: readonly string[]
  readonly limit?: number
}

/** As an input field, where a caller names a log: an account, or `host` for the host's own. Absent means `default`. */
export const LogField = zod
  .union([InstanceId, zod.literal('host')])
  .default('default')
  .describe("The account whose log is meant; `host` for the host's own")

/** Reads every log in order and remembers how far it came. */
export interface EventReader {
  /** Unique; the cursors are kept under it. */
  readonly name: string
  readonly types?: readonly string[]
  /**
   * Takes a batch of one log. What it writes through `tx` (the host's file) and the new cursor commit together,
   * so nothing is lost and nothing is seen twice. When it throws, the same events come again after a pause.
   * @param log names the log and its life: together with a sequence it is unique for ever
   */
  handle(tx: Tx, log: string, events: readonly Envelope[]): Promise<void>
}

export interface EventLog {
  /**
   * Writes an event into the log of the file that `tx` writes, inside the caller's transaction;
   * the bus fires after the commit.
   */
  record<S extends z.ZodType>(tx: Tx, event: EventToken<S, 'recorded'>, data: z.input<S>): Promise<void>
  /** As `record`, for many of one type at once. */
  recordAll<S extends z.ZodType>(tx: Tx, event: EventToken<S, 'recorded'>, data: readonly z.input<S>[]): Promise<void>
  /** @throws WaqtorError WAQ_CURSOR_EXPIRED (410) when the cursor belongs to a log that was replaced. */
  page(query: EventQuery): Promise<EventPage>
  /**
   * Starts a durable reader, at the beginning of each log that it has not seen.
   * @returns the undo, which may be awaited: then the batch under way is done
   */
  read(reader: EventReader): () => Awaitable<void>
  /** Makes the log in an instance's file known to pages and readers. Call it whenever the file was opened. */
  attach(instance: string): Promise<void>
  /**
   * Lets the readers take what is left of an instance's log, then forgets the log: its file goes away.
   * @throws WaqtorError WAQ_CONFLICT when a reader does not get to the end within `timeoutMs` (30,000); the log stays.
   */
  detach(
    instance: string,
    options?: {
      readonly timeoutMs?: number
      /** Does not wait: what a reader has not taken yet is lost to it. */
      readonly force?: boolean
    },
  ): Promise<void>
}

export const EventLog = defineService<EventLog>('event-log')

/** A plugin threw, hung or was switched off. */
export const PluginFailed = defineEvent('plugin.failed', {
  kind: 'recorded',
  permission: 'system:read',
  scope: 'host',
  summary: 'A plugin threw or hung',
  schema: zod.object({ plugin: zod.string().nullable(), phase: zod.string(), message: zod.string() }),
})

/** The config changed while the host was running. */
export const ConfigReloaded = defineEvent('config.reloaded', {
  kind: 'recorded',
  permission: 'system:read',
  scope: 'host',
  summary: 'A changed config was taken over, or refused',
  schema: zod.object({ ok: zod.boolean(), restarted: zod.array(zod.string()), problems: zod.array(zod.string()) }),
})

const Trouble = {
  name: zod.string().describe('The database file: `host`, or the instance'),
  state: zod.enum(['full', 'locked', 'corrupt', 'failed']).describe('What is wrong with it'),
  since: Timestamp,
}

/** A database file cannot be used, and that did not pass in a moment. */
export const StorageFailed = defineEvent('storage.failed', {
  kind: 'recorded',
  permission: 'system:read',
  scope: 'host',
  summary: 'A database file cannot be written: the disk is full or fails, the file is locked or damaged',
  schema: zod.object(Trouble),
})

/** It can be used again. Where the trouble itself could not be recorded, this is the first that the log says of it. */
export const StorageRecovered = defineEvent('storage.recovered', {
  kind: 'recorded',
  permission: 'system:read',
  scope: 'host',
  summary: 'A database file can be written again',
  schema: zod.object({ ...Trouble, until: Timestamp }),
})

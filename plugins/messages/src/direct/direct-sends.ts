import {
  fail,
  type Instances,
  type OutgoingMedia,
  type SendResult,
  type SendTextRequest,
  type Statements,
  type Tx,
} from '@waqtor/contracts'
import type { Call } from '@waqtor/kernel'
import type { InstanceOutbox } from '../outbox/instance-outbox.ts'
import { directQueue } from '../outbox/queue-book.ts'
import { bindKey, earlierRow, releaseKey, requestHash } from './idempotency.ts'
import { type DirectPayload, storeMedia } from './payload.ts'
import { answering, type Settled, type Waiters } from './waiters.ts'

/** What a message says. */
export interface DirectContent {
  readonly body: string
  readonly media?: OutgoingMedia
  readonly card?: DirectPayload['card']
  readonly forward?: DirectPayload['forward']
}

export interface DirectMessage {
  readonly instance: string
  /** Canonical. */
  readonly chatId: string
  /** Not asked for a repetition: what it was made of may be gone by then. */
  readonly content: () => DirectContent | Promise<DirectContent>
  readonly options?: SendTextRequest['options']
  /** What the caller asked for, to recognise a repetition. */
  readonly request: Readonly<Record<string, unknown>>
}

export interface DirectOptions {
  readonly instances: Instances
  readonly outboxOf: (instance: string) => InstanceOutbox
  readonly waiters: Waiters
  /** How long a send waits for the session, and then again for its answer. Milliseconds. */
  readonly waitMs: number
}

/**
 * Sends that a caller waits for. Each is a row of the outbox first; an idempotency key is bound to the row in the same
 * transaction, so that a repetition, even after a crash, finds the row and never makes a second one.
 */
export class DirectSends {
  readonly #options: DirectOptions
  readonly #running = new Set<string>()

  constructor(options: DirectOptions) {
    this.#options = options
  }

  async send(message: DirectMessage, call: Call): Promise<SendResult> {
    const caller = call.principal?.id ?? 'public'
    const key = call.idempotencyKey
    if (key === undefined) return this.#send(message, call, caller)
    const running = `${message.instance}\n${caller}\n${key}`
    if (this.#running.has(running)) {
      throw fail('WAQ_IDEMPOTENCY_IN_FLIGHT', `a request with the idempotency key '${key}' is still running`, {
        retryAfter: 1,
      })
    }
    this.#running.add(running)
    try {
      return await this.#send(message, call, caller)
    } finally {
      this.#running.delete(running)
    }
  }

  async #send(message: DirectMessage, call: Call, caller: string): Promise<SendResult> {
    const { instances, outboxOf, waiters, waitMs } = this.#options
    await instances.ready(message.instance, { timeoutMs: waitMs, signal: call.signal })
    const outbox = outboxOf(message.instance)
    const key = call.idempotencyKey
    const request = requestHash(message.request)
    const earlier = key === undefined ? undefined : await earlierRow(outbox.file, caller, key, request)
    const row =
      earlier === undefined ? await this.#enqueue(outbox, message, caller, key) : await repeated(outbox.file, earlier)
    // Whoever waits is registered before anything can have moved the row: the dispatcher works in later turns.
    const settled =
      row.settled ??
      (await waiters.wait(message.instance, row.id, waitMs, call.signal)) ??
      (await this.#giveUp(outbox, row.id))
    return answer(settled)
  }

  async #enqueue(outbox: InstanceOutbox, message: DirectMessage, caller: string, key: string | undefined) {
    const content = await message.content()
    return outbox.file.write(async (tx) => {
      const id = await insert(tx, message, content)
      if (key !== undefined) await bindKey(tx, caller, key, requestHash(message.request), id, Date.now())
      tx.afterCommit(() => outbox.refill(directQueue))
      return { id, settled: undefined }
    })
  }

  /** The time is over: a row that has not begun is withdrawn, so that it does not surprise anybody later. */
  #giveUp(outbox: InstanceOutbox, id: number): Promise<Settled> {
    return outbox.file.write(async (tx) => {
      const row = await stateOf(tx, id)
      if (row.state !== 'queued') return row
      await outbox.withdraw(tx, id)
      await releaseKey(tx, id)
      return { ...row, state: 'cancelled' }
    })
  }
}

/** The row of an earlier request, and how it ended where it has. */
async function repeated(file: Statements, id: number): Promise<{ readonly id: number; readonly settled?: Settled }> {
  const settled = await stateOf(file, id)
  return answering.has(settled.state) ? { id, settled } : { id }
}

async function insert(tx: Tx, { chatId, options }: DirectMessage, content: DirectContent): Promise<number> {
  const { body, media, card, forward } = content
  const payload: DirectPayload = {
    body,
    ...(media && { media: await storeMedia(tx, media) }),
    ...(card && { card }),
    ...(forward && { forward }),
    ...(options && { options }),
  }
  const { lastInsertRowid } = await tx.run(
    "INSERT INTO outbox (queue, chat_id, state, payload, created_at) VALUES (?, ?, 'queued', ?, ?)",
    [directQueue, chatId, JSON.stringify(payload), Date.now()],
  )
  return lastInsertRowid
}

async function stateOf(file: Statements, id: number): Promise<Settled> {
  const row = await file.get<Settled>(
    'SELECT state, message_id AS messageId, sent_at AS sentAt, reason FROM outbox WHERE id = ?',
    [id],
  )
  return row!
}

/** What the caller is told about a row. */
function answer({ state, messageId, sentAt, reason }: Settled): SendResult {
  switch (state) {
    case 'sent':
    case 'delivered':
    case 'read':
      return { messageId: messageId!, timestamp: sentAt! }
    case 'failed':
    case 'skipped':
      throw fail('WAQ_SEND_FAILED', `the message was not sent: ${reason ?? 'refused'}`)
    case 'cancelled':
      throw fail(
        'WAQ_SESSION_NOT_READY',
        'the session was not ready in time; the message was not sent and is not kept',
        { retryAfter: 5 },
      )
    default:
      throw fail(
        'WAQ_SEND_UNKNOWN',
        'it is not known yet whether the message left; it is being looked for and will not be sent twice',
        { retryAfter: 5 },
      )
  }
}

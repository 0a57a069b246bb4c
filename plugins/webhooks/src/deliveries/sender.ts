import { messageOf } from '@waqtor/kernel'
import type { Outgoing } from '@waqtor/outgoing-requests'
import type { Clock } from '../clock.ts'
import { secretsAt, type WebhookRecord } from '../record.ts'
import { type Outcome, retryAfter } from '../schedule.ts'
import { signedHeaders } from '../signature.ts'

/** What is sent of an answer is not looked at, but a receiver that sends much is not cut off in the middle of little. */
const READ_BYTES = 65_536

export interface SenderOptions {
  readonly outgoing: Outgoing
  readonly clock: Clock
  /** For a whole attempt. Milliseconds. */
  readonly timeoutMs: number
  /** Of WaQtor, as receivers are told it. */
  readonly version: string
}

/** Makes attempts: one signed POST each. */
export class Sender {
  readonly #options: SenderOptions

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /**
   * @param eventId becomes `webhook-id`
   * @throws what `signal` was aborted with; anything else that goes wrong is an outcome
   */
  async attempt(webhook: WebhookRecord, eventId: string, body: string, signal: AbortSignal): Promise<Outcome> {
    const { outgoing, clock, timeoutMs, version } = this.#options
    const at = clock.now()
    const started = performance.now()
    const ended = (rest: Omit<Outcome, 'at' | 'durationMs'>): Outcome => ({
      at,
      durationMs: Math.round(performance.now() - started),
      ...rest,
    })
    try {
      const { status, headers } = await outgoing.request({
        url: webhook.url,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': `WaQtor-Webhooks/${version}`,
          ...webhook.headers,
          ...signedHeaders(secretsAt(webhook, at), eventId, Math.floor(at / 1_000), body),
        },
        body,
        timeoutMs,
        maxBytes: READ_BYTES,
        larger: 'cut',
        signal,
      })
      const good = status >= 200 && status < 300
      return ended({
        statusCode: status,
        problem: good ? null : wordsFor(status),
        retryAfterMs: good ? undefined : retryAfter(headers['retry-after'], at),
      })
    } catch (error) {
      if (signal.aborted) throw error
      return ended({ statusCode: null, problem: messageOf(error) })
    }
  }
}

function wordsFor(status: number): string {
  if (status >= 300 && status < 400) return `the receiver answered ${status}: redirects are not followed`
  return status === 410 ? 'the receiver answered 410: it wants nothing more' : `the receiver answered ${status}`
}

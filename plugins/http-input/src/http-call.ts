import type { HttpRequest } from '@waqtor/contracts'
import type { Call, Principal } from '@waqtor/kernel'
import { invalidInput } from './invalid-input.ts'

/** A request as a call: of whoever it came in with, under its id, and over when the client goes away. */
export class HttpCall implements Partial<Call> {
  readonly id: string
  readonly via = 'rest'
  readonly principal: Principal | null
  readonly idempotencyKey?: string
  readonly address: string
  readonly #http: HttpRequest

  /**
   * @param idempotencyKey the one in the header when absent
   * @throws WaqtorError WAQ_INPUT_INVALID (400) for a header that is no key
   */
  constructor(http: HttpRequest, idempotencyKey = idempotencyKeyOf(http)) {
    this.id = http.requestId
    this.principal = http.principal
    this.address = http.address
    this.#http = http
    if (idempotencyKey !== undefined) this.idempotencyKey = idempotencyKey
  }

  get signal(): AbortSignal {
    return this.#http.signal
  }
}

function idempotencyKeyOf({ headers }: HttpRequest): string | undefined {
  const key = headers.get('idempotency-key')
  if (key === null || /^[\x21-\x7e]{1,255}$/.test(key)) return key ?? undefined
  const message = 'must be 1 to 255 visible ASCII characters without spaces'
  throw invalidInput('Idempotency-Key', message, `the Idempotency-Key ${message}`)
}

import {
  type Authentication,
  Cursor,
  type EventLog,
  fail,
  type HttpReply,
  type HttpRequest,
  LogField,
} from '@waqtor/contracts'
import { type Call, denied, type Envelope, type Guarded, type KernelView, WaqtorError, z } from '@waqtor/kernel'
import { EventStream, frameOf } from './event-stream.ts'

/** What the gate is asked about before a stream begins. */
export const streamSubject: Guarded = { id: 'events.stream', permission: 'events:read', scope: 'instance' }
/** Where `instance` says this, the host's own log is meant; as in `GET /events`. */
const HOST_LOG = 'host'
const HEARTBEAT_MS = 15_000
const MOST_PER_KEY = 100

const Query = z.strictObject({
  instance: LogField,
  types: z.string().max(4_000).optional(),
  after: Cursor.optional(),
})

const headers = {
  'content-type': 'text/event-stream',
  // A proxy that collects the stream before it passes it on would defeat it.
  'x-accel-buffering': 'no',
}

const gone = new WaqtorError('WAQ_UNAUTHENTICATED', 'the credential does not open this any more')

/** Who follows, and which log. */
interface Follower {
  readonly http: HttpRequest
  readonly instance: string
}

export interface EventStreamsOptions {
  readonly kernel: KernelView
  readonly log: EventLog
  readonly authentication: Authentication
  readonly heartbeatMs?: number
}

/** `GET /events/stream`: all clients that follow events, with one ear on the bus for all of them. */
export class EventStreams {
  readonly #options: EventStreamsOptions
  readonly #open = new Map<EventStream, Follower>()
  /** Grows whenever somebody's rights change: what was found out before may hold no more. */
  #changes = 0
  #deaf: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: EventStreamsOptions) {
    this.#options = options
  }

  /** Answers with a stream. Whatever can be refused is refused before it begins. */
  async answer(http: HttpRequest): Promise<Response | HttpReply> {
    const { kernel, log } = this.#options
    const changes = this.#changes
    const denial = kernel.refusal(streamSubject, http.principal)
    if (denial) throw denied(denial)
    const { instance, types, after } = parse(http)
    const { requestId, principal, address } = http
    const call: Partial<Call> = { id: requestId, via: 'rest', principal, address }
    const further = await kernel.authorize(streamSubject, call, instance)
    if (further) throw denied(further)
    const account = instance === HOST_LOG ? null : instance
    await this.#demandEvents(types, call, account)
    // Finds out whether there is such a log and whether the cursor is good for it.
    await log.page({ instance: account, limit: 1, ...(after !== undefined && { after }) })
    if (http.method === 'HEAD') return { status: 200, headers }

    const id = principal?.id
    const held = [...this.#open.values()].filter(({ http: { principal } }) => principal?.id === id).length
    if (held >= MOST_PER_KEY)
      throw fail('WAQ_RATE_LIMITED', `one key may hold ${MOST_PER_KEY} streams`, { retryAfter: 60 })
    const stream = new EventStream({
      kernel,
      log,
      call,
      instance: account,
      types: types && new Set(types),
      after,
      ended: () => this.#ended(stream),
    })
    const follower = { http, instance }
    this.#open.set(stream, follower)
    this.#listen()
    if (changes !== this.#changes) await this.#renew(stream, follower)
    return new Response(stream.body, { headers })
  }

  /** Cuts off whoever came in with a credential that is good no more: this one, or any of the principal's. */
  revoke(principalId: string, credential?: string): void {
    this.#changes++
    for (const [stream, { http }] of this.#open) {
      const { principal } = http
      const isMeant = credential === undefined || credential === principal?.credential
      if (principal?.id === principalId && isMeant) stream.cut(gone)
    }
  }

  /** What somebody may see has changed; `null`: what anybody may. */
  async reconsider(principalId: string | null): Promise<void> {
    this.#changes++
    const isMeant = ({ http: { principal } }: Follower) => principalId === null || principal?.id === principalId
    const those = [...this.#open].filter(([, follower]) => isMeant(follower))
    // The old answers count no more, whatever the new ones will be.
    for (const [stream] of those) stream.reconsider()
    await Promise.all(those.map(([stream, follower]) => this.#renew(stream, follower)))
  }

  close(): void {
    for (const stream of this.#open.keys()) stream.close()
  }

  async #demandEvents(
    types: readonly string[] | undefined,
    call: Partial<Call>,
    account: string | null,
  ): Promise<void> {
    const { kernel } = this.#options
    for (const type of types ?? []) {
      const event = kernel.events.get(type)
      if (!event) throw invalid('types', `there is no event '${type}'`)
      const denial = await kernel.authorize(event, call, account)
      if (denial) throw denied(denial)
    }
  }

  #listen(): void {
    if (this.#deaf) return
    this.#deaf = this.#options.kernel.events.onAny((_, envelope) => this.#heard(envelope))
    this.#timer = setInterval(() => void this.#beat(), this.#options.heartbeatMs ?? HEARTBEAT_MS).unref()
  }

  #heard(envelope: Envelope): void {
    const frame = frameOf(envelope)
    for (const stream of this.#open.keys()) stream.push(envelope, frame)
  }

  async #beat(): Promise<void> {
    for (const [stream, follower] of this.#open) if (await this.#renew(stream, follower)) stream.beat()
  }

  /** Finds out who the client is by now, and what it may see. One that may not follow any more is cut off. */
  async #renew(stream: EventStream, { http, instance }: Follower): Promise<boolean> {
    const { kernel, authentication } = this.#options
    const { headers, address, requestId } = http
    const principal = await authentication.authenticate(headers, address).catch(() => null)
    const call: Partial<Call> = { id: requestId, via: 'rest', principal, address }
    const denial = await kernel.authorize(streamSubject, call, instance)
    // Where the gate cannot tell just now, the stream asks for each event, and breaks off there.
    const isOver = principal?.id !== http.principal?.id || (denial !== undefined && denial.status !== 503)
    if (isOver) stream.cut(gone)
    else stream.reconsider(call)
    return !isOver
  }

  #ended(stream: EventStream): void {
    this.#open.delete(stream)
    if (this.#open.size > 0) return
    this.#deaf?.()
    this.#deaf = undefined
    clearInterval(this.#timer)
  }
}

function parse({ search, headers }: HttpRequest): { instance: string; types?: readonly string[]; after?: string } {
  const params = new URLSearchParams(search)
  const names = [...params.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(twice, 'stands in the query more than once')
  const parsed = Query.safeParse(Object.fromEntries(params))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(issue!.path.map(String).join('.'), issue!.message)
  }
  const { instance, types, after } = parsed.data
  const wanted = types
    ?.split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '')
  const place = headers.get('last-event-id') ?? after
  return { instance, ...(wanted && { types: wanted }), ...(place !== undefined && place !== '' && { after: place }) }
}

function invalid(path: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', path === '' ? message : `'${path}': ${message}`, {
    details: { errors: [{ path, message }] },
  })
}

import { type DatabaseFile, fail, type Instances } from '@waqtor/contracts'
import { type Call, newId, WaqtorError, type z } from '@waqtor/kernel'
import type { Outgoing } from '@waqtor/outgoing-requests'
import type { Book } from './book.ts'
import type { Clock } from './clock.ts'
import type { createWebhook, updateWebhook, Webhook } from './contract.ts'
import { headerProblem } from './custom-headers.ts'
import { type Grant, grantOf, type Reach } from './reach.ts'
import { shown, type WebhookRecord } from './record.ts'
import { drawSecret } from './signature.ts'
import type { WebhookStore } from './store.ts'
import type { Subscription } from './subscriptions.ts'

export interface AdministrationOptions {
  readonly file: DatabaseFile
  readonly store: WebhookStore
  readonly book: Book
  readonly reach: Reach
  readonly outgoing: Outgoing
  readonly instances: Instances | undefined
  readonly clock: Clock
  /** How many webhooks there may be. */
  readonly most: number
}

type Made = z.output<typeof createWebhook.input>
type Change = z.output<typeof updateWebhook.input>

/** A receiver has so long to learn of a new secret. */
const ROTATION_MS = 24 * 3_600_000

/**
 * Making, changing and ending webhooks. For a caller there are only those whose events it may see itself: else a changed
 * URL would be a way to read what is none of its business.
 */
export class Administration {
  readonly #options: AdministrationOptions

  constructor(options: AdministrationOptions) {
    this.#options = options
  }

  async create(input: Made, call: Call): Promise<Webhook & { secret: string }> {
    const { file, store, book, clock, most } = this.#options
    const { url, types, instances, description, headers, enabled, concurrency } = input
    await this.#demandGood({ types, instances, url, headers }, call)
    if (book.all().length >= most)
      throw fail('WAQ_CONFLICT', `there are ${most} webhooks, and no more can be made: delete one, or raise \`most\``)
    const now = clock.now()
    const secret = drawSecret()
    const record: WebhookRecord = {
      id: newId('whk'),
      url,
      subscriptions: subscribed(types, [], now),
      instances,
      description,
      headerNames: Object.keys(headers),
      headers,
      secret,
      oldSecret: undefined,
      oldSecretUntil: null,
      enabled,
      disabledReason: null,
      concurrency,
      createdBy: call.principal!.id,
      vouchedBy: call.principal!.id,
      createdAt: now,
      updatedAt: now,
    }
    await file.write(async (tx) => {
      await store.insert(tx, record)
      tx.afterCommit(() => book.put(record))
    })
    return { ...shown(record, now), secret }
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404), also for one whose events the caller may not see */
  async within(call: Call, id: string): Promise<WebhookRecord> {
    const record = this.#options.book.get(id)
    if (!record || (await this.#options.reach.excess(call, grantOf(record))))
      throw fail('WAQ_NOT_FOUND', `there is no webhook '${id}'`)
    return record
  }

  async visible(call: Call): Promise<WebhookRecord[]> {
    const { book, reach } = this.#options
    const records: WebhookRecord[] = []
    for (const it of book.all()) if (!(await reach.excess(call, grantOf(it)))) records.push(it)
    return records
  }

  async list(call: Call, cursor: string, limit: number) {
    const records = (await this.visible(call)).filter((it) => it.id > cursor)
    const items = records.slice(0, limit).map((it) => this.show(it))
    return { items, nextCursor: records.length > limit ? items.at(-1)!.id : null }
  }

  async update({ id, types, headers, ...rest }: Change, call: Call): Promise<Webhook> {
    const old = await this.within(call, id)
    const { instances = old.instances, url } = rest
    const wanted = types ?? old.subscriptions.map((it) => it.name)
    const fresh = { ...(types && { types }), ...(rest.instances && { instances }), ...(url !== undefined && { url }) }
    await this.#demandGood({ ...fresh, grant: { types: wanted, instances }, headers: headers ?? {} }, call)
    // Whoever may change the URL is not meant to learn by it what somebody else has written into the headers.
    if (url !== undefined && !headers && old.headerNames.length > 0 && originOf(url) !== originOf(old.url))
      throw invalid('headers', `the headers were given for ${originOf(old.url)}: give them anew with the new URL`)
    if (rest.enabled && old.secret === undefined)
      throw fail('WAQ_CONFLICT', `the webhook '${id}' has no secret that can be read: draw a new one first`)
    const now = this.#options.clock.now()
    const changes = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    return this.show(
      await this.#save(
        old,
        {
          ...old,
          ...changes,
          // What happened while it was off is not told later, however far the logs were read when it came on again.
          subscriptions: subscribed(wanted, rest.enabled && !old.enabled ? [] : old.subscriptions, now),
          ...(headers && { headers, headerNames: Object.keys(headers) }),
          ...(rest.enabled !== undefined && { disabledReason: null }),
        },
        call,
      ),
    )
  }

  async rotate(id: string, call: Call): Promise<Webhook & { secret: string }> {
    const old = await this.within(call, id)
    const secret = drawSecret()
    const oldSecretUntil = old.secret === undefined ? null : this.#options.clock.now() + ROTATION_MS
    const record = await this.#save(old, { ...old, secret, oldSecret: old.secret, oldSecretUntil }, call)
    return { ...this.show(record), secret }
  }

  async remove(id: string, call: Call): Promise<void> {
    const { file, store, book } = this.#options
    await this.within(call, id)
    await file.write(async (tx) => {
      await store.remove(tx, id)
      tx.afterCommit(() => book.drop(id))
    })
  }

  show(record: WebhookRecord): Webhook {
    return shown(record, this.#options.clock.now())
  }

  /** Whoever changes it may see all that it hands out, and answers for it from now on. */
  async #save(old: WebhookRecord, next: WebhookRecord, { principal }: Call): Promise<WebhookRecord> {
    const { file, store, book, clock } = this.#options
    const record = { ...next, vouchedBy: principal!.id, updatedAt: Math.max(clock.now(), old.updatedAt + 1) }
    await file.write(async (tx) => {
      await store.save(tx, record, old.updatedAt)
      tx.afterCommit(() => book.put(record))
    })
    return record
  }

  /** @throws WaqtorError WAQ_INPUT_INVALID, WAQ_URL_INVALID, WAQ_URL_REFUSED (400), WAQ_FORBIDDEN (403), WAQ_INSTANCE_UNKNOWN (404) */
  async #demandGood(
    it: Partial<Grant> & {
      readonly url?: string
      readonly grant?: Grant
      readonly headers: Readonly<Record<string, string>>
    },
    call: Call,
  ): Promise<void> {
    const { reach, outgoing, instances: accounts } = this.#options
    const { types, instances, url, headers, grant = { types: types ?? [], instances: instances ?? 'all' } } = it
    if (types) reach.demandKnown(types)
    const problem = headerProblem(headers)
    if (problem) throw invalid('headers', problem)
    await reach.demand(call, grant)
    const unknown = instances && instances !== 'all' && accounts && instances.find((id) => !accounts.has(id))
    if (unknown) throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${unknown}'`)
    if (url !== undefined) await outgoing.check(url)
  }
}

const originOf = (url: string): string => new URL(url).origin

/** What was wanted before goes on; what is new begins now. */
function subscribed(names: readonly string[], before: readonly Subscription[], now: number): readonly Subscription[] {
  return [...new Set(names)].map((name) => before.find((it) => it.name === name) ?? { name, since: now })
}

function invalid(path: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', message, { details: { errors: [{ path, message }] } })
}

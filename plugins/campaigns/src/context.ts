import {
  type Contacts,
  type Database,
  type DatabaseFile,
  type EventLog,
  type Files,
  fail,
  type Instances,
  type Messaging,
  type Outbox,
  type Templates,
  type Tx,
} from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import { CompiledMessage, type StoredMessage } from './message.ts'
import type { Plan } from './rules.ts'
import { type CampaignRow, selectCampaign } from './store.ts'

export interface Services {
  readonly database: Database
  readonly events: EventLog
  readonly instances: Instances
  readonly messaging: Messaging
  readonly outbox: Outbox
  readonly contacts: Contacts | undefined
  readonly templates: Templates | undefined
  readonly files: Files | undefined
  readonly log: Logger
}

/** Names one campaign. */
export interface One {
  readonly instance: string
  readonly campaignId: string
}

/** What every part of this plugin works with. */
export class Context {
  readonly services: Services
  /** Messages of campaigns that are being sent; they do not change any more. */
  readonly #messages = new Map<string, Promise<CompiledMessage>>()

  constructor(services: Services) {
    this.services = services
  }

  /** @throws WaqtorError WAQ_INSTANCE_UNKNOWN (404): whoever opens a database makes it */
  async open(instance: string): Promise<DatabaseFile> {
    if (!this.services.instances.has(instance)) throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${instance}'`)
    return this.services.database.open(instance)
  }

  /** Reads a campaign and changes it, in one transaction. @throws WaqtorError WAQ_NOT_FOUND (404) */
  async change<T>({ instance, campaignId }: One, change: (tx: Tx, campaign: CampaignRow) => Promise<T>): Promise<T> {
    const file = await this.open(instance)
    return file.write(async (tx) => change(tx, required(await selectCampaign(tx, campaignId), campaignId)))
  }

  /** Whether real people are at the other end of an account; true as long as nobody knows. */
  isReal(instance: string): boolean {
    return this.services.instances.capabilities(instance)?.real ?? true
  }

  /** The message of a campaign that has been started. */
  messageOf({ instance, campaignId }: One): Promise<CompiledMessage> {
    const key = `${instance}/${campaignId}`
    const known = this.#messages.get(key)
    if (known) return known
    const loading = this.open(instance).then(async (file) =>
      compile(required(await selectCampaign(file, campaignId), campaignId)),
    )
    this.#messages.set(key, loading)
    loading.catch(() => this.#messages.delete(key))
    return loading
  }

  /** A campaign changed, or is gone. */
  forget({ instance, campaignId }: One): void {
    this.#messages.delete(`${instance}/${campaignId}`)
  }
}

/** @throws WaqtorError WAQ_NOT_FOUND (404) */
export function required(row: CampaignRow | undefined, id: string): CampaignRow {
  if (!row) throw fail('WAQ_NOT_FOUND', `there is no campaign '${id}'`)
  return row
}

export function compile({ message, variables }: Pick<CampaignRow, 'message' | 'variables'>): CompiledMessage {
  return new CompiledMessage(messageIn(message), variablesIn(variables))
}

export function messageIn(json: string): StoredMessage {
  return JSON.parse(json)
}

export function variablesIn(json: string): Readonly<Record<string, string>> {
  return JSON.parse(json)
}

export function planOf({ plan }: Pick<CampaignRow, 'plan'>): Plan {
  return JSON.parse(plan)
}

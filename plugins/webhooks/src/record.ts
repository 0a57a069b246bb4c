import type { Webhook } from './contract.ts'
import type { Subscription } from './subscriptions.ts'

/** A webhook as the process knows it: with its secrets open. */
export interface WebhookRecord {
  readonly id: string
  readonly url: string
  readonly subscriptions: readonly Subscription[]
  readonly instances: readonly string[] | 'all'
  readonly description: string
  readonly headerNames: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** Nothing when it cannot be opened: the key that it was sealed with is gone. */
  readonly secret: string | undefined
  readonly oldSecret: string | undefined
  readonly oldSecretUntil: number | null
  readonly enabled: boolean
  readonly disabledReason: string | null
  readonly concurrency: number
  readonly createdBy: string
  /** Who made or last changed it: it hands out what they may see, as long as they may. */
  readonly vouchedBy: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** The secrets with which something is signed at this moment, the present one first. */
export function secretsAt({ secret, oldSecret, oldSecretUntil }: WebhookRecord, now: number): readonly string[] {
  const old = oldSecretUntil !== null && now < oldSecretUntil ? oldSecret : undefined
  return [secret, old].filter((it) => it !== undefined)
}

/** As callers see it: without anything secret. */
export function shown(record: WebhookRecord, now: number): Webhook {
  const { id, url, subscriptions, instances, description, headerNames, enabled, disabledReason, concurrency } = record
  const { createdBy, createdAt, updatedAt, oldSecretUntil } = record
  return {
    id,
    url,
    types: subscriptions.map((it) => it.name),
    instances: instances === 'all' ? 'all' : [...instances],
    description,
    headerNames: [...headerNames],
    enabled,
    disabledReason,
    concurrency,
    createdBy,
    createdAt,
    updatedAt,
    oldSecretUntil: oldSecretUntil !== null && now < oldSecretUntil ? oldSecretUntil : null,
  }
}

/**
 * What this surface builds on of commands whose plugins it does not otherwise know: the fields that it gives and those that
 * it reads.
 */
import type { CommandToken, z } from '@waqtor/kernel'

type Command<I, O> = CommandToken<z.ZodType<unknown, I>, z.ZodType<O>>
type One = { readonly id: string }
type Place = { readonly limit?: number; readonly cursor?: string }
type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null }

export interface Webhook {
  readonly id: string
  readonly url: string
  readonly types: readonly string[]
  readonly instances: 'all' | readonly string[]
  readonly description: string
  readonly enabled: boolean
  readonly disabledReason: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Delivery {
  readonly id: number
  readonly eventId: string
  readonly type: string
  readonly instance: string | null
  readonly state: string
  readonly attempts: readonly unknown[]
  readonly statusCode: number | null
  readonly problem: string | null
  readonly nextAttemptAt: number | null
  readonly createdAt: number
  readonly settledAt: number | null
}

/** What a person may set of a webhook. */
type WebhookFields = {
  readonly url: string
  readonly types: readonly string[]
  readonly instances?: 'all' | readonly string[]
  readonly description?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly enabled?: boolean
}

export type ListWebhooks = Command<Place, Page<Webhook>>
export type GetWebhook = Command<One, Webhook>
export type CreateWebhook = Command<WebhookFields, Webhook & { readonly secret: string }>
export type UpdateWebhook = Command<One & Partial<WebhookFields>, Webhook>
export type DeleteWebhook = Command<One, unknown>
export type TestWebhook = Command<
  One,
  {
    readonly ok: boolean
    readonly eventId: string
    readonly statusCode: number | null
    readonly durationMs: number
    readonly problem: string | null
  }
>
export type ListDeliveries = Command<One & Place & { readonly state?: string }, Page<Delivery>>
export type WebhookStats = Command<
  One,
  {
    readonly pending: number
    readonly dead: number
    readonly delivered: number
    readonly failed: number
    readonly lastDeliveredAt: number | null
    readonly lastFailedAt: number | null
  }
>

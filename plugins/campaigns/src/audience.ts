import type { OutboxRecipient } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import type { Rejected } from './contract.ts'
import type { RecipientRow } from './recipients-csv.ts'
import { lookUp, type Template, type Variables } from './template.ts'

export interface AudienceOptions {
  readonly normalize: (address: string) => string
  readonly template: Template
  /** For every recipient. */
  readonly variables: Variables
}

export interface Audience {
  readonly recipients: readonly OutboxRecipient[]
  readonly rejected: Rejected[]
}

/** Turns what was written down into rows of the outbox; what cannot be sent is found now, not in a customer's phone. */
export function prepareAudience(
  rows: readonly RecipientRow[],
  { normalize, template, variables }: AudienceOptions,
): Audience {
  const recipients: OutboxRecipient[] = []
  const rejected: Rejected[] = []
  for (const { line, to, variables: own } of rows) {
    try {
      const chatId = normalize(to)
      const value = lookUp(own, variables, alwaysThere(chatId))
      const missing = template.required.find((it) => value(it) === undefined || (value(it) === '' && it !== 'name'))
      if (missing === undefined) recipients.push({ chatId, payload: JSON.stringify(own) })
      else rejected.push({ line, value: to, reason: `the variable '${missing}' has no value` })
    } catch (error) {
      rejected.push({ line, value: to, reason: messageOf(error) })
    }
  }
  return { recipients, rejected }
}

/** `{{phone}}` and `{{name}}` have a value for everybody. */
export function alwaysThere(chatId: string): Variables {
  return { phone: `+${chatId.slice(0, chatId.indexOf('@'))}`, name: '' }
}

import { invalidInput } from '@waqtor/http-input'
import { messageOf } from '@waqtor/kernel'
import type { Variables } from '@waqtor/message-template'
import { demandText, type Fields, isFields, text } from './fields.ts'
import { alwaysThere, render, variablesOf } from './message-text.ts'

/** Somebody in a list of a request. */
export interface Recipient {
  /** As it was written. */
  readonly to: string
  /** What is said to this one alone, with variables. */
  readonly message: string | undefined
  readonly variables: Variables
}

/**
 * The recipients of a request: numbers and chat ids, or objects with `phone` or `chatId` and what belongs to each.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) for what is no such list, naming the place
 */
export function recipientsOf(body: Fields): readonly Recipient[] {
  const list = body.recipients
  if (!Array.isArray(list) || list.length === 0) throw invalidInput('recipients', 'must be a list that is not empty')
  return list.map((it: unknown, index) => {
    const fields = isFields(it) ? it : { phone: it }
    try {
      const { to: _, ...variables } = variablesOf(fields)
      return { to: demandText(fields, 'phone', 'chatId', 'to'), message: text(fields, 'message', 'text'), variables }
    } catch (error) {
      throw invalidInput(`recipients.${index}`, messageOf(error))
    }
  })
}

/** What all of them are told who have no message of their own: `message` has variables, `text` is taken as it is. */
export interface Shared {
  readonly message?: string | undefined
  readonly text?: string | undefined
  /** For all of them; their own win. */
  readonly variables?: Variables
}

/** The text for one of several. @throws WaqtorError WAQ_INPUT_INVALID (400) */
export function messageFor({ to, message, variables }: Recipient, shared: Shared, path: string): string {
  if (message === undefined && shared.text !== undefined) return shared.text
  const template = message ?? shared.message
  if (template === undefined) throw invalidInput(path, 'there is no message for this recipient')
  return render(template, { ...alwaysThere(to), ...shared.variables, ...variables }, path)
}

/** The fields of `campaigns.create` that say what goes to whom. */
export interface Broadcast {
  readonly template: string
  readonly recipients: readonly { readonly to: string; readonly variables: Variables }[]
  readonly variables: Variables
}

/**
 * A list as a campaign. A campaign has one text: where each has a message of its own, that is rendered here, and the
 * campaign's text is the variable that holds it. Values are never looked at for variables again.
 * @throws WaqtorError WAQ_INPUT_INVALID (400)
 */
export function broadcast(recipients: readonly Recipient[], shared: Shared): Broadcast {
  const variables = shared.variables ?? {}
  const people = recipients.map(({ to, variables: { phone: _, ...own } }) => ({ to, variables: own }))
  const texts = new Set(recipients.map((it) => it.message))
  const [only] = texts.size === 1 ? texts : []
  if (only !== undefined) return { template: only, recipients: people, variables }
  if (texts.size === 1 && shared.text === undefined && shared.message !== undefined)
    return { template: shared.message, recipients: people, variables }
  if (texts.size === 1 && shared.text !== undefined)
    return shared.text.includes('{{')
      ? { template: '{{message}}', recipients: people, variables: { ...variables, message: shared.text } }
      : { template: shared.text, recipients: people, variables }
  const rendered = recipients.map((it, index) => ({
    to: it.to,
    variables: { message: messageFor(it, shared, `recipients.${index}`) },
  }))
  return { template: '{{message}}', recipients: rendered, variables: {} }
}

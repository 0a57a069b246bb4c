import { invalidInput } from '@waqtor/http-input'
import { parseTemplate, type Variables } from '@waqtor/message-template'
import { type Fields, isFields, text } from './fields.ts'

/** Fields that say something else than a variable's value. */
const noVariables = new Set(['chatId', 'text', 'message', 'instance', 'clientId'])

/**
 * The variables that stand flat beside the other fields, and those in `variables`; the flat ones win. What is neither text
 * nor number nor truth value is none.
 */
export function variablesOf(fields: Fields): Variables {
  const flat = Object.entries(fields).filter(([name]) => !noVariables.has(name))
  const inside = isFields(fields.variables) ? Object.entries(fields.variables) : []
  return Object.fromEntries(
    [...inside, ...flat].flatMap(([name, value]) => (isValue(value) ? [[name, `${value}`]] : [])),
  )
}

/** `{{phone}}` and `{{name}}` have a value for everybody, as they have in campaigns. */
export function alwaysThere(to: string): Variables {
  return { phone: to.endsWith('@c.us') ? `+${to.slice(0, -'@c.us'.length)}` : to, name: '' }
}

/**
 * Puts values into a `message`.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) for a variable without a value: better no message than half of one
 */
export function render(message: string, variables: Variables, path = 'message'): string {
  const template = parseTemplate(message)
  const missing = template.required.find((name) => !Object.hasOwn(variables, name))
  if (missing !== undefined) throw invalidInput(path, `the variable '${missing}' has no value`)
  try {
    return template.fill([variables])
  } catch (error) {
    if (error instanceof RangeError) throw invalidInput(path, error.message)
    throw error
  }
}

/** What a request wants to say to somebody: its `text` as it is, else its `message` with the variables put in. */
export function saidIn(fields: Fields, to: string): string | undefined {
  const literal = text(fields, 'text')
  if (literal !== undefined) return literal
  const message = text(fields, 'message')
  return message === undefined ? undefined : render(message, { ...alwaysThere(to), ...variablesOf(fields) })
}

function isValue(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

import { fail, type Problem, problemDocument } from '@waqtor/contracts'
import { isWaqtorError, type Logger, newId, WaqtorError, type z } from '@waqtor/kernel'
import type { Reply } from './contract.ts'

export type Answer = (reply: Reply) => void

/** What was thrown, as doors tell it; the log has what is not told. */
export function problemOf(thrown: unknown, log: Logger, id = newId('req')): Problem {
  const error = isWaqtorError(thrown)
    ? thrown
    : new WaqtorError('WAQ_COMMAND_FAILED', 'the request failed', { cause: thrown })
  if (error.status >= 500) log.error(error.message, { requestId: id, code: error.code, cause: error.cause ?? error })
  const problem = problemDocument(error, id)
  return error.retryAfter === undefined ? problem : { ...problem, retryAfter: Math.max(1, Math.ceil(error.retryAfter)) }
}

/** A problem as socket.io tells a client that it may not connect: `error.message` is the code, `error.data` all of it. */
export function connectError(problem: Problem): Error {
  return Object.assign(new Error(problem.code), { data: problem })
}

/** The function by which a client wants its answer: the last thing that it sent. */
export function answerOf(args: readonly unknown[]): Answer {
  const last = args.at(-1)
  return typeof last === 'function' ? (reply) => last(reply) : () => {}
}

/** What a client asks for; nothing when it sent only the function for the answer. */
export function requestOf([first]: readonly unknown[]): unknown {
  return typeof first === 'function' ? undefined : first
}

/** @throws WaqtorError WAQ_INPUT_INVALID naming the field */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((it) => ({ path: it.path.map(String).join('.'), message: it.message }))
  const [first] = errors
  const message = first!.path === '' ? first!.message : `'${first!.path}': ${first!.message}`
  throw new WaqtorError('WAQ_INPUT_INVALID', message, { details: { errors } })
}

/** There were too many messages. */
export function tooMany(): WaqtorError {
  return fail('WAQ_RATE_LIMITED', 'too many messages at once', { retryAfter: 1 })
}

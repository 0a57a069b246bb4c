import { errorCodes, type Problem, publicCode } from '@waqtor/contracts'
import { isWaqtorError, kernelErrorCodes } from '@waqtor/kernel'

const fixes: Readonly<Record<string, { readonly fix: string } | undefined>> = { ...kernelErrorCodes, ...errorCodes }

/** Members of a problem that are told under other names here, and names that no fact may take. */
const taken = new Set(['type', 'title', 'status', 'detail', 'code', 'requestId', 'success', 'error'])

/** What a request is told that failed: `{ success: false, error, code, … }`, with the facts of the error beside them. */
export function failureOf(problem: Problem): object {
  const { detail, code, requestId } = problem
  const facts = Object.entries(problem).filter(([name]) => !taken.has(name))
  return { success: false, error: detail, code, ...Object.fromEntries(facts), requestId }
}

/** The same for one of several things that a request asked for. What went wrong on our side is not told here either. */
export function failedPart(thrown: unknown): {
  readonly success: false
  readonly error: string
  readonly code: string
} {
  const error = isWaqtorError(thrown) ? thrown : undefined
  if (error && error.status < 500) return { success: false, error: error.message, code: publicCode(error.code) }
  const code = error?.code ?? 'WAQ_COMMAND_FAILED'
  const fix = fixes[code]?.fix ?? kernelErrorCodes.WAQ_COMMAND_FAILED.fix
  return { success: false, error: fix, code: publicCode(code) }
}

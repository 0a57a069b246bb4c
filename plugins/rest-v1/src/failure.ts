import { errorCodes, type Problem, publicCode } from '@waqtor/contracts'
import { isWaqtorError, kernelErrorCodes } from '@waqtor/kernel'

const fixes: Readonly<Record<string, { readonly fix: string } | undefined>> = { ...kernelErrorCodes, ...errorCodes }

/** What a request is told that failed: `{ success: false, error, code, … }`, with the facts of the error beside them. */
export function failureOf({ status: _, type: __, title: ___, detail, code, requestId, ...facts }: Problem): object {
  const { success: ____, error: _____, ...more } = facts
  return { success: false, error: detail, code, ...more, requestId }
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

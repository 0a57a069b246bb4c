import { publicCode } from '@waqtor/contracts'
import { isWaqtorError } from '@waqtor/kernel'

/** A refusal as an HTTP answer (RFC 9457). */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Thrown by a handler to answer with a problem. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

export function refuse(status: number, code: string, detail: string, headers?: Record<string, string>): ProblemError {
  return new ProblemError({ status, code, detail, ...(headers && { headers }) })
}

/** What a thrown error looks like from outside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  if (isWaqtorError(error)) return { status: error.status, code: publicCode(error.code), detail: error.message }
  return { status: 500, code: 'internal', detail: 'the simulator failed; this is a defect' }
}

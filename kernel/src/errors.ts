import { inspect } from 'node:util'
import { type KernelErrorCode, kernelErrorCodes } from './error-codes.ts'

export type ErrorCode = KernelErrorCode | `WAQ_${string}`
export type Phase = 'config' | 'resolve' | 'setup' | 'boot' | 'ready' | 'close' | 'hook' | 'event' | 'command'

/** What may be said of an error beyond its code and message. */
export type ErrorOptions = Partial<Omit<WaqtorError, 'name' | 'message' | 'stack' | 'code'>>

/**
 * The one error class. Compare by `code`, never by class: a module may be loaded twice.
 * @example throw new WaqtorError('WAQ_SESSION_NOT_READY', "instance 'default' is not connected", { status: 503, retryAfter: 5 })
 */
export class WaqtorError extends Error {
  override readonly name: string = 'WaqtorError'
  readonly code: ErrorCode
  readonly plugin: string | null
  readonly phase: Phase
  /** What a door answers, as an HTTP status; taken from the table of codes when nothing else is said. */
  readonly status: number
  /** Seconds after which a repeat makes sense. */
  readonly retryAfter?: number
  /** Facts for the caller; never a secret, a path or SQL. */
  readonly details?: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    const { cause, plugin = null, phase = 'command', status, ...rest } = options
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.plugin = plugin
    this.phase = phase
    this.status = status ?? kernelErrorCodes[code as KernelErrorCode]?.status ?? 500
    Object.assign(this, rest)
  }
}

/** Recognises a WaqtorError from any copy of the kernel. */
export function isWaqtorError(error: unknown): error is WaqtorError {
  return error instanceof Error && 'phase' in error && String((error as WaqtorError).code).startsWith('WAQ_')
}

/** The text of anything that was thrown: an error, a string, `null`, an object without a prototype. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 0, customInspect: false })
}

/** What a plugin's code threw, told with who it was and what they were doing. */
export function failure(thrown: unknown, code: ErrorCode, doing: string, plugin: string, phase: Phase): WaqtorError {
  return new WaqtorError(code, `${doing}: ${messageOf(thrown)}`, { plugin, phase, cause: thrown })
}

/** As `failure`, but what was thrown on purpose stays what it is, so that a refusal reaches the caller as one. */
export function blame(thrown: unknown, code: ErrorCode, doing: string, plugin: string, phase: Phase): WaqtorError {
  if (!isWaqtorError(thrown)) return failure(thrown, code, doing, plugin, phase)
  ;(thrown as { plugin: string | null }).plugin ??= plugin
  return thrown
}

/** One thing that keeps the system from starting: who, what, and what to do. */
export interface Problem {
  readonly code: ErrorCode
  readonly plugin: string
  readonly message: string
  readonly fix: string
  /** For a wrong option: where it stands inside the plugin's config, and what was expected, got and meant. */
  readonly config?: Readonly<{ path: readonly (string | number)[]; expected?: string; got?: string; nearest?: string }>
  readonly cause?: unknown
}

/** A problem with the fix that the table of codes knows. */
export function problem(code: ErrorCode, plugin: string, message: string, cause?: unknown): Problem {
  const fix = kernelErrorCodes[code as KernelErrorCode]?.fix ?? 'See the message.'
  return { code, plugin, message, fix, ...(cause !== undefined && { cause }) }
}

/** Everything that keeps the system from starting, at once. */
export class StartupError extends WaqtorError {
  override readonly name = 'StartupError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], phase: Phase) {
    super('WAQ_STARTUP_FAILED', problems.map((it) => `${it.plugin}: ${it.message}. ${it.fix}`).join('\n'), { phase })
    this.problems = problems
  }
}

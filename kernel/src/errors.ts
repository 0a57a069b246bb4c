import { type KernelErrorCode, kernelErrorCodes } from './error-codes.ts'

export type ErrorCode = KernelErrorCode | `WAQ_${string}`
export type Phase = 'config' | 'resolve' | 'setup' | 'boot' | 'ready' | 'close' | 'hook' | 'event' | 'command'

export interface ErrorOptions {
  readonly plugin?: string | null
  readonly phase?: Phase
  readonly cause?: unknown
  /** What a door answers, as an HTTP status; taken from the code table when absent. */
  readonly status?: number
  /** Seconds after which a repeat makes sense. */
  readonly retryAfter?: number
  /** Facts for the caller; never a secret, a path or SQL. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * The one error class. Compare by `code`, never by class: a module may be loaded twice.
 * @example throw new WaqtorError('WAQ_SESSION_NOT_READY', "instance 'default' is not connected", { status: 503, retryAfter: 5 })
 */
export class WaqtorError extends Error {
  readonly code: ErrorCode
  readonly plugin: string | null
  readonly phase: Phase
  readonly status: number
  readonly retryAfter?: number
  readonly details?: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    const { cause, plugin = null, phase = 'command', status, ...rest } = options
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'WaqtorError'
    this.code = code
    this.plugin = plugin
    this.phase = phase
    this.status = status ?? kernelErrorCodes[code as KernelErrorCode]?.status ?? 500
    Object.assign(this, rest)
  }

  /** The code as doors show it: `WAQ_SESSION_NOT_READY` → `session_not_ready`. */
  get publicCode(): string {
    return this.code.slice(4).toLowerCase()
  }
}

/** Recognises a WaqtorError from any copy of the kernel. */
export function isWaqtorError(error: unknown): error is WaqtorError {
  return error instanceof Error && 'phase' in error && String((error as WaqtorError).code).startsWith('WAQ_')
}

/** The text of anything that was thrown, `null` and strings included. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Makes the errors of one plugin in one phase. */
export function blame(plugin: string | null, phase: Phase) {
  return (code: ErrorCode, message: string, cause?: unknown): WaqtorError =>
    new WaqtorError(code, message, { plugin, phase, cause })
}

export interface WrongOption {
  readonly path: readonly (string | number)[]
  readonly expected?: string
  readonly got?: string
  readonly nearest?: string
}

/** One thing that keeps the system from starting: who, what, and what to do. */
export interface Problem {
  readonly code: ErrorCode
  readonly plugin: string
  readonly message: string
  readonly fix: string
  /** For a wrong option: where it stands inside the plugin's config, and what was expected, got and meant. */
  readonly config?: WrongOption
  readonly cause?: unknown
}

/** An error of a plugin as a problem, with what its code says to do. */
export function toProblem(error: WaqtorError, plugin: string): Problem {
  const fix = kernelErrorCodes[error.code as KernelErrorCode]?.fix ?? 'See the message.'
  return { code: error.code, plugin, message: error.message, fix, cause: error.cause ?? error }
}

/** Everything that keeps the system from starting, at once. */
export class StartupError extends WaqtorError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], phase: Phase) {
    super('WAQ_STARTUP_FAILED', problems.map((it) => `${it.plugin}: ${it.message}. ${it.fix}`).join('\n'), { phase })
    this.name = 'StartupError'
    this.problems = problems
  }
}

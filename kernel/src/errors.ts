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
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'WaqtorError'
    this.code = code
    this.plugin = options.plugin ?? null
    this.phase = options.phase ?? 'command'
    this.status = options.status ?? kernelErrorCodes[code as KernelErrorCode]?.status ?? 500
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter
    if (options.details) this.details = options.details
  }

  /** The code as doors show it: `WAQ_SESSION_NOT_READY` → `session_not_ready`. */
  get publicCode(): string {
    return this.code.slice(4).toLowerCase()
  }
}

/** Recognises a WaqtorError from any copy of the kernel. */
export function isWaqtorError(error: unknown): error is WaqtorError {
  return (
    error instanceof Error &&
    typeof (error as { code?: unknown }).code === 'string' &&
    (error as WaqtorError).code.startsWith('WAQ_') &&
    'phase' in error
  )
}

/** The text of anything that was thrown, `null` and strings included. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** One thing that keeps the system from starting: who, what, and what to do. */
export interface Problem {
  readonly code: ErrorCode
  readonly plugin: string
  readonly message: string
  readonly fix: string
  /** For a wrong option: where it stands inside the plugin's config, and what was expected, got and meant. */
  readonly config?: {
    readonly path: readonly (string | number)[]
    readonly expected?: string
    readonly got?: string
    readonly nearest?: string
  }
  readonly cause?: unknown
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

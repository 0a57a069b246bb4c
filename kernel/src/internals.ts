import type { Commands } from './commands.ts'
import type { ErrorCode, WaqtorError } from './errors.ts'
import type { Bus } from './events.ts'
import type { KernelView } from './kernel.ts'
import type { Logger } from './logger.ts'
import type { TokenRegistry } from './registry.ts'
import type { EventToken } from './tokens.ts'

/** The registries of one kernel, as its running plugins reach them. */
export interface Internals {
  readonly log: Logger
  readonly bus: Bus
  readonly commands: Commands
  readonly eventTokens: TokenRegistry<EventToken>
  /** Live services by token id. */
  readonly services: Map<string, unknown>
  readonly view: KernelView
  /** Logs a plugin's fault and tells the bus. */
  fault(error: WaqtorError): void
  /** What to do about a code. */
  fixFor(code: ErrorCode): string
}

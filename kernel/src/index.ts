export { z } from 'zod'
export { type Call, type Denial, holds, type Principal, reaches, systemPrincipal } from './call.ts'
export type { CommandRegistry } from './commands.ts'
export { nearestOf } from './config.ts'
export type * from './contributions.ts'
export { withDeadline } from './deadline.ts'
export * from './error-codes.ts'
export {
  type ErrorCode,
  type ErrorOptions,
  isWaqtorError,
  messageOf,
  type Phase,
  type Problem,
  StartupError,
  WaqtorError,
} from './errors.ts'
export type { Envelope, EventBus } from './events.ts'
export { type AuthorizeHook, denied } from './gate.ts'
export * from './hooks.ts'
export * from './ids.ts'
export * from './kernel.ts'
export * from './kernel-events.ts'
export * from './logger.ts'
export * from './plugin.ts'
export { type Assembly, type ResolvedPlugin, resolve } from './resolve.ts'
export type { PluginReport } from './runtime.ts'
export * from './tokens.ts'
export { KERNEL_VERSION } from './version.ts'

export { z } from 'zod'
export { type Call, type Denial, holds, type Principal, reaches, systemPrincipal } from './call.ts'
export type { CommandRegistry } from './commands.ts'
export { nearestOf } from './config.ts'
export type { PluginContext } from './context.ts'
export type { CliIo, CliModule, CliSpec, CommandClient, DoctorCheck, DoctorResult, PageSpec } from './contributions.ts'
export { withDeadline } from './deadline.ts'
export { type KernelErrorCode, kernelErrorCodes } from './error-codes.ts'
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
export { denied } from './gate.ts'
export {
  type BailHook,
  createBailHook,
  createSeriesHook,
  createWaterfallHook,
  type Hook,
  type HookOptions,
  type SeriesHook,
  type TapOrder,
  type WaterfallHook,
} from './hooks.ts'
export { createUlidSource, newId } from './ids.ts'
export {
  createKernel,
  type Inspection,
  type Kernel,
  type KernelHooks,
  type KernelOptions,
  type KernelView,
  type PluginReport,
} from './kernel.ts'
export { CommandCompleted, CommandFailed, PluginFault } from './kernel-events.ts'
export { type Logger, silentLogger } from './logger.ts'
export {
  type Awaitable,
  definePlugin,
  type Needs,
  type Plugin,
  type PluginEntry,
  type PluginSpec,
  type Resolved,
} from './plugin.ts'
export { fingerprint } from './registry.ts'
export { type Assembly, type ResolvedPlugin, resolve } from './resolve.ts'
export {
  type CommandHints,
  type CommandToken,
  defineCommand,
  defineEvent,
  defineService,
  type EventKind,
  type EventToken,
  type Guarded,
  type HttpBinding,
  type Schema,
  type Scope,
  type ServiceToken,
} from './tokens.ts'
export { KERNEL_VERSION } from './version.ts'

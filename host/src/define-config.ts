import type { PluginEntry } from '@waqtor/kernel'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What `waqtor.config.ts` exports: which plugins make up the system, and the few options of the host itself. */
export interface WaqtorConfig {
  /** The plugins, each with its options. `false` and `undefined` are left out, so an entry may depend on a condition. */
  readonly plugins: readonly (PluginEntry | false | null | undefined)[]
  /** Where everything is kept, relative to the config file. WAQTOR_DATA and --data win. */
  readonly data?: string
  /** How much is logged. WAQTOR_LOG_LEVEL and --log-level win. */
  readonly logLevel?: LogLevel
  /** How long a stop may take, in milliseconds; 9,500 when absent: supervisors kill after 10 s, as a rule. */
  readonly stopTimeoutMs?: number
}

/**
 * Types a config. The result is the argument.
 * @example
 * export default defineConfig({
 *   plugins: [sqlite(), events(), instances(), simulator({ autoPair: true }), messages(), http(), rest()],
 * })
 */
export function defineConfig(config: WaqtorConfig): WaqtorConfig {
  return config
}

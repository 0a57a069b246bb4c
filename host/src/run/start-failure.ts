import { withoutSecrets } from '@waqtor/contracts'
import { isWaqtorError, messageOf, type StartupError } from '@waqtor/kernel'
import type { Crash } from '../data/crash-book.ts'

/** Codes that tell of a wrong set of plugins, found only when they are set up: the config is to be mended, nothing has crashed. */
const wrongSet: ReadonlySet<string> = new Set([
  'WAQ_TOKEN_CONFLICT',
  'WAQ_COMMAND_DUPLICATE',
  'WAQ_SERVICE_NOT_PROVIDED',
])

/** True when a start failed for what the config says, and would fail so every time. */
export function isConfigFault(error: unknown): boolean {
  if (!isWaqtorError(error)) return false
  if (error.phase === 'config' || error.phase === 'resolve') return true
  return 'problems' in error && (error as StartupError).problems.every((it) => wrongSet.has(it.code))
}

const ofStart: ReadonlySet<string> = new Set(['setup', 'boot', 'ready'])

/** True when the host did not come up. */
export function isStartFailure(error: unknown): boolean {
  return isWaqtorError(error) && ofStart.has(error.phase)
}

/** What the crash book keeps of an error that ended a start; a file for long, so nothing secret. */
export function crashOf(error: unknown, time: number, secrets: readonly (string | undefined)[] = []): Crash {
  const problems = isWaqtorError(error) && 'problems' in error ? (error as StartupError).problems : []
  const plugin = problems[0]?.plugin ?? (isWaqtorError(error) ? error.plugin : null)
  return { time, plugin, message: withoutSecrets(messageOf(error), secrets).slice(0, 1_000) }
}

import type { Logger } from '../logger.ts'

export interface RecordedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly data: object
}

/** A logger that keeps its lines, so that a test can look at them. */
export function recordingLogger(
  lines: RecordedLine[] = [],
  bindings: object = {},
): Logger & { readonly lines: readonly RecordedLine[] } {
  const at =
    (level: RecordedLine['level']) =>
    (message: string, data: object = {}) => {
      lines.push({ level, message, data: { ...bindings, ...data } })
    }
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => recordingLogger(lines, { ...bindings, ...more }),
  }
}

import { type Problem, StartupError } from '@waqtor/kernel'

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A problem with the place to mend it at. */
export interface PlacedProblem extends Problem {
  /** A file as the person knows it, or `environment`, `command line`. */
  readonly source?: string
  readonly position?: Position
}

/** Configuration problems, all of them. */
export class ConfigError extends StartupError {
  declare readonly problems: readonly PlacedProblem[]

  constructor(problems: readonly PlacedProblem[]) {
    super(problems, 'config')
  }
}

/**
 * One line: where, who, what, and what to do.
 * @example `waqtor.config.ts:12:20: http: option 'port': expected number, got string. Correct the option.`
 */
export function problemLine({ source, position, plugin, message, fix }: PlacedProblem): string {
  const place = source ? `${source}${position ? `:${position.line}:${position.column}` : ''}: ` : ''
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`
  return `${place}${plugin}: ${sentence} ${fix}`.replaceAll(/\s*\n\s*/g, ' ')
}

/** The same for programs. */
export function problemFacts({ code, plugin, message, fix, source, position, config }: PlacedProblem): object {
  return {
    code,
    ...(source && { file: source }),
    ...position,
    plugin,
    ...(config && { path: jsonPath(config.path), expected: config.expected, got: config.got, nearest: config.nearest }),
    message,
    fix,
  }
}

/** `limits.perHour`, `list[2].name` */
export function jsonPath(path: readonly (string | number)[]): string {
  return path
    .map((it, index) => {
      if (typeof it === 'number' || /^\d+$/.test(it)) return `[${it}]`
      if (!/^[A-Za-z_$][\w$]*$/.test(it)) return `[${JSON.stringify(it)}]`
      return index === 0 ? it : `.${it}`
    })
    .join('')
}

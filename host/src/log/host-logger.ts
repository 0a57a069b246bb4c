import { withoutSecrets } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { Logger as Pino } from 'pino'
import type { LogLevel } from '../define-config.ts'
import { forShow } from '../secrets.ts'

export interface HostLogger extends Logger {
  /** Changes the level of this logger and of all its children. */
  setLevel(level: LogLevel): void
}

export interface HostLoggerOptions {
  readonly level: LogLevel
  /** For eyes instead of programs. */
  readonly pretty: boolean
  write(text: string): unknown
  /** Values that must appear in no line. */
  readonly secrets?: readonly string[]
}

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * Structured logs: one JSON document a line, or readable lines on a terminal. Values named like secrets are masked, known
 * secrets are cut out of every line.
 */
export async function createHostLogger({ level, pretty, write, secrets = [] }: HostLoggerOptions): Promise<HostLogger> {
  const { pino } = await import('pino')
  const format = pretty ? await prettyFormat() : (line: string) => line
  // Inside of JSON a secret with a quotation mark looks different.
  const known = secrets.flatMap((it) => [it, JSON.stringify(it).slice(1, -1)])
  const stream = { write: (line: string) => write(withoutSecrets(format(line), known)) }
  const base = pino(
    {
      level: 'debug',
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
  return new PinoLogger(base, { level, stacks: !pretty || level === 'debug' })
}

/** Shared by a logger and its children. */
interface Shared {
  level: LogLevel
  readonly stacks: boolean
}

class PinoLogger implements HostLogger {
  readonly #pino: Pino
  readonly #shared: Shared

  constructor(pino: Pino, shared: Shared) {
    this.#pino = pino
    this.#shared = shared
  }

  debug(message: string, data?: object): void {
    this.#log('debug', message, data)
  }

  info(message: string, data?: object): void {
    this.#log('info', message, data)
  }

  warn(message: string, data?: object): void {
    this.#log('warn', message, data)
  }

  error(message: string, data?: object): void {
    this.#log('error', message, data)
  }

  child(bindings: object): Logger {
    return new PinoLogger(this.#pino.child(forShow(bindings) as Record<string, unknown>), this.#shared)
  }

  setLevel(level: LogLevel): void {
    this.#shared.level = level
  }

  #log(level: LogLevel, message: string, data: object = {}): void {
    const { level: least, stacks } = this.#shared
    if (rank[level] < rank[least]) return
    this.#pino[level](forShow(data, { stacks }) as object, message)
  }
}

async function prettyFormat(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty')
  const format = prettyFactory({
    colorize: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'plugin',
    messageFormat: '{if plugin}{plugin}: {end}{msg}',
  })
  return (line) => format(line)
}

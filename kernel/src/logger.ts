/** Structured logging as the kernel and plugins see it; the host brings pino. */
export interface Logger {
  debug(message: string, data?: object): void
  info(message: string, data?: object): void
  warn(message: string, data?: object): void
  error(message: string, data?: object): void
  /** A logger that adds `bindings` to every line. */
  child(bindings: object): Logger
}

const drop = (): void => {}
/** Drops every line: the default of a kernel that nobody gave a logger. */
export const silentLogger: Logger = { debug: drop, info: drop, warn: drop, error: drop, child: () => silentLogger }

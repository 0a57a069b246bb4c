import type { Awaitable } from '@waqtor/kernel'

/** What a sub-command may use of the world around it. */
export interface CliIo {
  /** Writes a line to standard output: the answer. */
  print(line: string): void
  /** Writes a line to standard error: progress, warnings, problems. */
  note(line: string): void
  /** `--json` was given: answers are JSON, one document a line. */
  readonly json: boolean
  /** Standard error is a terminal: progress bars make sense. */
  readonly interactive: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute path of a file that the person named, relative to where they stand. */
  resolvePath(path: string): string
  /** Absolute path of the data directory. */
  readonly dataDirectory: string
  /**
   * Asks for a secret: on a terminal without showing what is typed, else the first line of standard input. Absent where
   * nobody can be asked.
   * @param again asks a second time with these words where it is typed, until both are the same
   * @throws WaqtorError WAQ_ABORTED when the person gives up
   */
  readSecret?(question: string, again?: string): Promise<string>
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
  /**
   * Reaches the commands: those of the host that runs on the data directory, or else of a kernel started for this call.
   * `ephemeral` asks for a kernel of its own on a temporary data directory that is removed again.
   */
  connect(options?: { readonly ephemeral?: boolean }): Promise<CommandClient>
}

/** The command registry, wherever it runs. */
export interface CommandClient extends AsyncDisposable {
  /** A host answers that goes on afterwards; false where a kernel was started for this call alone. Absent where nobody knows. */
  readonly hasHost?: boolean
  execute(
    command: string,
    input: unknown,
    options?: { readonly idempotencyKey?: string; readonly signal?: AbortSignal },
  ): Promise<unknown>
}

/** What the module of a sub-command exports. */
export interface CliProgram {
  /** `argv` is what follows the name. Answers the exit code. */
  run(argv: readonly string[], io: CliIo): Awaitable<number>
}

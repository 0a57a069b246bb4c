import type { Awaitable } from './plugin.ts'

/** A page that the dashboard shows; data that can be read without starting anything. */
export interface PageSpec {
  readonly id: string
  readonly title: string
  readonly icon?: string
  readonly permission: string
  /** Module of the page, resolved by the dashboard's build. */
  readonly entry: string
}

/** A sub-command of the `waqtor` command line, `waqtor <name> …`; loaded only when it is called. */
export interface CliSpec {
  readonly name: string
  readonly summary: string
  load(): Promise<CliModule>
}

export interface CliModule {
  /** `argv` is what follows the name, `io` what the host gives (CliIo in the contracts). Answers the exit code. */
  run(argv: readonly string[], io: unknown): Awaitable<number>
}

/** A check of `waqtor doctor`. */
export interface DoctorCheck {
  readonly name: string
  check(): Awaitable<DoctorResult>
}

export interface DoctorResult {
  readonly ok: boolean
  readonly found: string
  /** What to do when it is not ok. */
  readonly fix?: string
}

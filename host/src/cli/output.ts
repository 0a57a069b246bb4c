import { stripVTControlCharacters } from 'node:util'
import { errorCodes, withoutSecrets } from '@waqtor/contracts'
import { isWaqtorError, kernelErrorCodes, messageOf, type StartupError } from '@waqtor/kernel'
import { hostErrorCodes } from '../error-codes.ts'
import { type PlacedProblem, problemFacts, problemLine } from '../problem.ts'
import { UsageError } from './arguments.ts'
import type { World } from './world.ts'

/** Answers go to standard output, everything else to standard error. */
export class Output {
  readonly json: boolean
  readonly #world: Pick<World, 'stdout' | 'stderr' | 'env'>
  readonly #verbose: boolean

  constructor(world: Pick<World, 'stdout' | 'stderr' | 'env'>, { json, verbose }: { json: boolean; verbose: boolean }) {
    this.#world = world
    this.json = json
    this.#verbose = verbose
  }

  /** The answer: `text` for people, `value` for programs. */
  answer(text: string, value: unknown): void {
    this.print(this.json ? JSON.stringify(value) : text)
  }

  print(line: string): void {
    const { stdout } = this.#world
    stdout.write(`${stdout.isTTY ? line : stripVTControlCharacters(line)}\n`)
  }

  note(line: string): void {
    const { stderr } = this.#world
    stderr.write(`${stderr.isTTY ? line : stripVTControlCharacters(line)}\n`)
  }

  /** What went wrong: one line each, with what to do about it. */
  error(error: unknown): void {
    const lines = this.json ? [JSON.stringify({ error: errorFacts(error) })] : errorLines(error)
    if (this.#verbose && error instanceof Error) lines.push(stackOf(error))
    // Standard error ends up in journals, and a library may put anything into a message.
    for (const line of lines) this.note(withoutSecrets(line, [this.#world.env.WAQTOR_API_KEY]))
  }
}

function problemsOf(error: unknown): readonly PlacedProblem[] | undefined {
  return isWaqtorError(error) && 'problems' in error ? (error as StartupError).problems : undefined
}

function errorLines(error: unknown): string[] {
  const problems = problemsOf(error)
  if (problems) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
    return [`waqtor: ${count}; nothing was started`, ...problems.map((it) => `  ${problemLine(it)}`)]
  }
  if (error instanceof UsageError)
    return [`waqtor: ${error.message}`, `See: waqtor ${error.command ? `${error.command} --help` : 'help'}`]
  const fix = fixOf(error)
  const details = detailsOf(error).map((it) => `  ${it}`)
  const message = oneLine(messageOf(error))
  return [`waqtor: ${message}${/[.!?]$/.test(message) ? '' : '.'}${fix ? ` ${fix}` : ''}`, ...details]
}

function errorFacts(error: unknown): object {
  const problems = problemsOf(error)
  const fix = fixOf(error)
  return {
    code: isWaqtorError(error) ? error.code : error instanceof UsageError ? 'WAQ_USAGE' : 'WAQ_FAILED',
    message: problems ? 'nothing was started' : messageOf(error),
    ...(fix && !problems && { fix }),
    ...(problems && { problems: problems.map(problemFacts) }),
    ...(isWaqtorError(error) && error.details && { details: error.details }),
  }
}

const fixes: Readonly<Record<string, { readonly fix: string }>> = {
  ...kernelErrorCodes,
  ...errorCodes,
  ...hostErrorCodes,
}

function fixOf(error: unknown): string | undefined {
  return isWaqtorError(error) ? fixes[error.code]?.fix : undefined
}

/** The wrong fields of an input. */
function detailsOf(error: unknown): string[] {
  const errors = isWaqtorError(error) ? error.details?.errors : undefined
  if (!Array.isArray(errors)) return []
  return errors.map((it: { path?: unknown; message?: unknown }) => `${it.path || 'input'}: ${it.message}`)
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}

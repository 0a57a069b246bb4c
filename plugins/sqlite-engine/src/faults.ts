import { type DatabaseState, fail, type SharedErrorCode } from '@waqtor/contracts'
import { isWaqtorError, messageOf, type WaqtorError } from '@waqtor/kernel'

export type FaultState = Exclude<DatabaseState['state'], 'open'>

/** Something outside the program keeps a file from being used: what `states()` shows, and what callers get. */
export interface Fault {
  readonly state: FaultState
  readonly error: WaqtorError
}

/** A file as messages name it. */
export interface FileName {
  readonly name: string
  readonly path: string
}

const codes = {
  full: 'WAQ_STORAGE_FULL',
  locked: 'WAQ_STORAGE_LOCKED',
  corrupt: 'WAQ_STORAGE_CORRUPT',
  failed: 'WAQ_STORAGE_FAILED',
} as const satisfies Record<FaultState, SharedErrorCode>

/**
 * Tells a fault of the disk, the file or the lock from a mistake in a statement.
 * @returns nothing for mistakes: a constraint, a syntax error and the like are the caller's to see as they are.
 */
export function faultOf(error: unknown, file: FileName): Fault | undefined {
  const state = stateOf(error)
  return state && fault(state, file, messageOf(error), error)
}

/** Makes a fault with a message that says which file, what happened, and what to do. */
export function fault(state: FaultState, file: FileName, detail: string, cause?: unknown): Fault {
  return { state, error: fail(codes[state], describe(state, file, detail), { cause }) }
}

function describe(state: FaultState, { name, path }: FileName, detail: string): string {
  switch (state) {
    case 'full':
      return `the disk is full: the database '${name}' (${path}) cannot grow. Free some space; nothing of this write was kept`
    case 'locked':
      return `another program holds the database '${name}' (${path}). Close it; nothing of this write was kept`
    case 'corrupt':
      return `the database '${name}' (${path}) is damaged: ${detail}. It was left as it is. Stop WaQtor and put a backup in its place: waqtor restore <backup>`
    case 'failed':
      return `the database '${name}' (${path}) cannot be used: ${detail}`
  }
}

/** What an error code of SQLite or of the file system means for the file. */
export function stateOf(error: unknown): FaultState | undefined {
  if (isWaqtorError(error) || !(error instanceof Error)) return undefined
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return undefined
  if (code.startsWith('SQLITE_')) return sqliteState(code)
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full'
  return 'errno' in error ? 'failed' : undefined
}

function sqliteState(code: string): FaultState | undefined {
  // The index of a search table went wrong: it can be rebuilt, and the file is whole.
  if (code === 'SQLITE_CORRUPT_VTAB') return undefined
  // Extended codes begin with the plain one: SQLITE_IOERR_FSYNC.
  switch (code.split('_', 2)[1]) {
    case 'FULL':
      return 'full'
    case 'BUSY':
    case 'LOCKED':
    case 'PROTOCOL':
      return 'locked'
    case 'CORRUPT':
    case 'NOTADB':
      return 'corrupt'
    case 'IOERR':
    case 'CANTOPEN':
    case 'READONLY':
    case 'NOMEM':
    case 'NOLFS':
      return 'failed'
    default:
      return undefined
  }
}

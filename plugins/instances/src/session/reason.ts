import { errorCodes, type SharedErrorCode } from '@waqtor/contracts'
import { isWaqtorError, messageOf } from '@waqtor/kernel'

/** Why a session could not be opened, for everybody who may look at it: no path and no statement is part of it. */
export function reasonOf(error: unknown): string {
  if (isWaqtorError(error) && error.code.startsWith('WAQ_STORAGE_')) {
    const known = errorCodes[error.code as SharedErrorCode]
    return `its database cannot be used (${error.code.slice(4).toLowerCase()}). ${known?.fix ?? 'See the log.'}`
  }
  if (isSystemError(error)) return `the system refused '${error.syscall}' (${error.code}); the log names the file`
  return messageOf(error)
}

function isSystemError(error: unknown): error is Error & { readonly syscall: string; readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

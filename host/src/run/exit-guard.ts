import { syncBuiltinESMExports } from 'node:module'
import { WaqtorError } from '@waqtor/kernel'
import { hostErrorCodes } from '../error-codes.ts'

/** What ends a process: `process`, or a stand-in of a test. */
export interface Exiting {
  exit(code?: number | string | null): never
}

/**
 * Keeps plugins from ending the process under everybody's feet: `process.exit()` throws where it was called, so that it
 * counts as that plugin's fault. Meant for mistakes; code that wants to end the process finds other ways. Returns the undo.
 */
export function guardExit(target: Exiting): () => void {
  const { exit } = target
  const refused = (code?: number | string | null): never => {
    const { status } = hostErrorCodes.WAQ_EXIT_REFUSED
    throw new WaqtorError('WAQ_EXIT_REFUSED', `process.exit(${code ?? ''}) was called, which would end everything`, {
      status,
    })
  }
  target.exit = refused
  // For `import { exit } from 'node:process'`.
  syncBuiltinESMExports()
  return () => {
    // Somebody else may have put something of their own there meanwhile.
    if (target.exit === refused) target.exit = exit
    syncBuiltinESMExports()
  }
}

import type { CliIo } from '@waqtor/contracts'
import type { MessageWarning } from '../contract.ts'

/** Says where the text is probably not what its author meant. */
export function noteWarnings(io: CliIo, warnings: readonly MessageWarning[]): void {
  for (const { variant, language, line, column, message, fix } of warnings) {
    const where = [variant, language].filter((it) => it !== null).map((it) => `${it}: `)
    io.note(`${where.join('')}line ${line}, column ${column}: ${message}. ${fix}`)
  }
}

/** Whether people would see what was meant to be a variable. */
export function isBroken(warnings: readonly MessageWarning[]): boolean {
  return warnings.some((it) => it.code !== 'too-long')
}

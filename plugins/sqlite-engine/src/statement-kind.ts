/** White space, empty statements and comments before the first word. */
const prelude = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*/
const firstWord = /^[a-z]+/i
const control = new Set([
  'BEGIN',
  'COMMIT',
  'END',
  'ROLLBACK',
  'SAVEPOINT',
  'RELEASE',
  'PRAGMA',
  'ATTACH',
  'DETACH',
  'VACUUM',
])

/**
 * The word of a statement that only the storage itself may say, or nothing: what begins or ends a transaction, changes the
 * connection, or brings in another file. Any of them would break the promise of a commit that others share.
 */
export function controlWord(sql: string): string | undefined {
  const start = prelude.exec(sql)?.[0].length ?? 0
  const word = firstWord.exec(sql.slice(start))?.[0].toUpperCase()
  return word && control.has(word) ? word : undefined
}

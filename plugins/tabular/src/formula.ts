// What spreadsheets take for the beginning of a formula, with the wide forms that some of them accept.
const risky = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/
const guarded = /^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/**
 * Makes a cell safe to be opened in a spreadsheet: one that would be a formula begins with an apostrophe. A cell that
 * looks guarded already gets one more, so that `unguardFormula` gives back exactly what was written.
 */
export function guardFormula(cell: string): string {
  return risky.test(cell) ? `'${cell}` : cell
}

/** The other way: also reads what other programs have made safe in this way. */
export function unguardFormula(cell: string): string {
  return cell.charCodeAt(0) === 0x27 && guarded.test(cell) ? cell.slice(1) : cell
}

const dayMs = 86_400_000
const literal = /"[^"]*"|\\.|\[[^\]]*\]/g

/**
 * Whether numbers of this format are dates or times.
 * @param id of a built-in format when `code` is not known
 */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code !== undefined) return /[ymdhs]/i.test(code.replace(literal, '').replace(/general/i, ''))
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58)
}

/** A day counted by a spreadsheet as `2026-01-31`, with the time `T09:30:00` where it has one. */
export function isoDate(serial: number, from1904: boolean): string {
  // Spreadsheets have a 29 February 1900, so that days before it are one later than they count.
  const days = from1904 ? serial + 1_462 : serial < 60 ? serial + 1 : serial
  const date = new Date(Math.round((days - 25_569) * 86_400) * 1_000)
  if (Number.isNaN(date.getTime())) return String(serial)
  const text = date.toISOString()
  if (serial < 1) return text.slice(11, 19)
  return date.getTime() % dayMs === 0 ? text.slice(0, 10) : text.slice(0, 19)
}

/** Prints a Markdown table whose columns line up in a terminal, too. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((it, column) => Math.max(it.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((it, i) => (i === 0 ? it.padEnd(widths[i]!) : it.padStart(widths[i]!))).join(' | ')} |`
  console.log(line(head))
  console.log(`|${widths.map((it, i) => (i === 0 ? '-'.repeat(it + 2) : `${'-'.repeat(it + 1)}:`)).join('|')}|`)
  for (const row of rows) console.log(line(row))
  console.log('')
}

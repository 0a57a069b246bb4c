/** Below this, one letter is too much of a name to call the other one a misspelling. */
const shortestName = 3
/** More names are not gone through: a hostile text has thousands. */
const mostNames = 1_000

/** Finds the known name that was probably meant: one that differs by case, by its encoding, or by one letter. */
export function speller(known: readonly string[]): (name: string) => string | undefined {
  const byFolded = new Map(known.slice(0, mostNames).map((name) => [fold(name), name]))
  return (name) => {
    const folded = fold(name)
    const same = byFolded.get(folded)
    if (same !== undefined || folded.length < shortestName) return same
    for (const [other, it] of byFolded) if (other.length >= shortestName && oneLetterApart(other, folded)) return it
    return undefined
  }
}

function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

/** One letter was replaced, added or left out. */
function oneLetterApart(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (long.length - short.length > 1) return false
  let same = 0
  while (same < short.length && short[same] === long[same]) same++
  return short.slice(short.length === long.length ? same + 1 : same) === long.slice(same + 1)
}

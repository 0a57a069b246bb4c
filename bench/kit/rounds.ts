/** What each contestant measured in each round. */
export type Results<N extends string, T> = Readonly<Record<N, readonly T[]>>

/**
 * Lets everybody measure once in each round, in turns, so that a noisy moment does not hit only one of them. Who begins
 * changes from round to round.
 */
export async function inTurns<N extends string, T>(
  rounds: number,
  contestants: Readonly<Record<N, () => T | Promise<T>>>,
): Promise<Results<N, T>> {
  const names = Object.keys(contestants) as N[]
  const results = Object.fromEntries(names.map((it) => [it, [] as T[]])) as Record<N, T[]>
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!
      results[name].push(await contestants[name]())
      process.stderr.write(`\rround ${round + 1} of ${rounds}: ${i + 1} of ${names.length}   `)
    }
  }
  process.stderr.write('\r\u001b[K')
  return results
}

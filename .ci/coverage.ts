/** How much of something was run: statements, branches and so on. */
export interface Share {
  readonly total: number
  readonly covered: number
}

export const measures = ['lines', 'statements', 'functions', 'branches'] as const
export type Measures = Readonly<Record<(typeof measures)[number], Share>>

/** The percentage, rounded down so that 79.99 never passes for 80; a package with nothing to run is covered. */
export function percent({ total, covered }: Share): number {
  return total === 0 ? 100 : Math.floor((covered * 10_000) / total) / 100
}

/** Adds up the files of each package. Paths and folders are relative to the root, with forward slashes. */
export function byPackage(files: ReadonlyMap<string, Measures>, folders: readonly string[]): Map<string, Measures> {
  const sums = new Map<string, Measures>()
  for (const folder of folders) {
    const own = [...files].filter(([path]) => path.startsWith(`${folder}/`)).map(([, share]) => share)
    if (own.length === 0) continue
    const sum = (name: (typeof measures)[number]): Share => ({
      total: own.reduce((all, it) => all + it[name].total, 0),
      covered: own.reduce((all, it) => all + it[name].covered, 0),
    })
    sums.set(folder, {
      lines: sum('lines'),
      statements: sum('statements'),
      functions: sum('functions'),
      branches: sum('branches'),
    })
  }
  return sums
}

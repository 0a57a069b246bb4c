/** A directory in which a backup is being made, or one is being deleted. Nobody can call a backup so: it has a dot. */
export const partOf = (path: string): string => `${path}.part`

const drawn = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/

/** The name of a backup that was given none: sorted by name, such are sorted by time. */
export function nameOf(time: number): string {
  return new Date(time).toISOString().replaceAll(/[:.]/g, '-')
}

/** True for names that `nameOf` draws, and for none that a caller may give. */
export function isDrawn(name: string): boolean {
  return drawn.test(name)
}

import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface WatchOptions {
  /** How long the file must be quiet: editors write in steps. */
  readonly quietMs?: number
  readonly onError?: (error: unknown) => void
}

/**
 * Calls back after a file was changed, replaced or put back. The directory is watched, because editors replace files.
 * @returns the undo
 */
export function watchFile(
  file: string,
  changed: () => void,
  { quietMs = 100, onError }: WatchOptions = {},
): () => void {
  const name = basename(file)
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(dirname(file), { persistent: false }, (_, changedName) => {
    if (changedName !== null && changedName !== name) return
    clearTimeout(timer)
    timer = setTimeout(changed, quietMs)
  })
  watcher.on('error', (error) => onError?.(error))
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}

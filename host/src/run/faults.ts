import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isWaqtorError } from '@waqtor/kernel'
import type { ProcessEvents } from '../cli/world.ts'

export type FaultKind = 'uncaughtException' | 'unhandledRejection'

/** Calls back for every error that nobody caught; the process goes on. Returns the undo. */
export function watchFaults(events: ProcessEvents, onFault: (kind: FaultKind, error: unknown) => void): () => void {
  const thrown = (error: unknown) => onFault('uncaughtException', error)
  const rejected = (reason: unknown) => onFault('unhandledRejection', reason)
  events.on('uncaughtException', thrown)
  events.on('unhandledRejection', rejected)
  return () => {
    events.off('uncaughtException', thrown)
    events.off('unhandledRejection', rejected)
  }
}

/** Where an error came from, as far as it tells. */
export interface Origin {
  /** The plugin, when the error names it or the package is that of a plugin. */
  readonly plugin: string | null
  /** File, line and column of the first place outside of Node and of the kernel. */
  readonly at?: string
  /** The package that the file belongs to. */
  readonly package?: string
}

/**
 * Reads from an error's stack whose it is.
 * @param plugins names of the running plugins
 */
export function originOf(error: unknown, plugins: readonly string[]): Origin {
  if (isWaqtorError(error) && error.plugin) return { plugin: error.plugin }
  const place = error instanceof Error ? placeIn(error.stack ?? '') : undefined
  if (!place) return { plugin: null }
  const name = packageOf(place.file)
  const plugin = plugins.find(
    (it) => name === it || name?.endsWith(`/plugin-${it}`) || name?.endsWith(`waqtor-plugin-${it}`),
  )
  return { plugin: plugin ?? null, at: place.at, ...(name && { package: name }) }
}

const hostDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

function placeIn(stack: string): { readonly file: string; readonly at: string } | undefined {
  for (const line of stack.split('\n')) {
    const [, url, where] = /(?:^|[\s(])((?:file:\/\/)?\/[^()\s?]+?)(?:\?[^:()\s]*)?(:\d+:\d+)\)?$/.exec(line) ?? []
    if (!url || !where) continue
    const file = url.startsWith('file:') ? fileURLToPath(url) : url
    const inner = /\/@waqtor\/kernel\/|\/kernel\/(src|dist)\//.test(file) || file.startsWith(`${hostDirectory}/`)
    if (!inner) return { file, at: `${file}${where}` }
  }
  return undefined
}

/** The name of the package that a file belongs to. */
function packageOf(file: string): string | undefined {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const manifest = join(directory, 'package.json')
    if (existsSync(manifest)) {
      try {
        const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }
        if (typeof name === 'string') return name
      } catch {
        return undefined
      }
    }
    if (directory === dirname(directory)) return undefined
  }
}

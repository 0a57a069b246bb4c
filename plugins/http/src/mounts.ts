import { fail, type HttpHandler } from '@waqtor/contracts'

interface Mount {
  readonly prefix: string
  readonly handler: HttpHandler
}

/** Who serves which part of the paths. Looked up with every request, so that what is undone is gone at once. */
export class Mounts {
  /** Longest first. */
  #mounts: readonly Mount[] = []

  /** @returns the undo */
  add(path: string, handler: HttpHandler): () => void {
    if (!/^\/([\w.-]+(\/[\w.-]+)*)?$/.test(path))
      throw fail('WAQ_CONFLICT', `'${path}' is no prefix to mount at: write it like '/api/v2'`)
    const mount: Mount = { prefix: path === '/' ? '' : path, handler }
    if (this.#mounts.some((it) => it.prefix === mount.prefix))
      throw fail('WAQ_CONFLICT', `something is mounted at '${path}' already`)
    this.#mounts = [...this.#mounts, mount].sort((a, b) => b.prefix.length - a.prefix.length)
    return () => {
      this.#mounts = this.#mounts.filter((it) => it !== mount)
    }
  }

  /** The handler for a path, and the path as it sees it. */
  find(path: string): { readonly handler: HttpHandler; readonly path: string } | undefined {
    for (const { prefix, handler } of this.#mounts) {
      if (!path.startsWith(prefix)) continue
      const rest = path.slice(prefix.length)
      if (rest === '' || rest.startsWith('/')) return { handler, path: rest === '' ? '/' : rest }
    }
    return undefined
  }
}

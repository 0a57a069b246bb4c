import { fail, type HttpHandler, type MountOptions } from '@waqtor/contracts'

interface Mount {
  readonly prefix: string
  readonly handler: HttpHandler
  readonly streamed: boolean
  readonly problem: MountOptions['problem']
}

/** What serves a path, and the path as it sees it. */
export type Found = Mount & { readonly path: string }

/** Who serves which part of the paths. Looked up with every request, so that what is undone is gone at once. */
export class Mounts {
  /** Longest first. */
  #mounts: readonly Mount[] = []

  /** @returns the undo */
  add(path: string, handler: HttpHandler, { streamed = false, problem }: MountOptions = {}): () => void {
    if (!/^\/([\w.-]+(\/[\w.-]+)*)?$/.test(path))
      throw fail('WAQ_CONFLICT', `'${path}' is no prefix to mount at: write it like '/api/v2'`)
    const mount: Mount = { prefix: path === '/' ? '' : path, handler, streamed, problem }
    if (this.#mounts.some((it) => it.prefix === mount.prefix))
      throw fail('WAQ_CONFLICT', `something is mounted at '${path}' already`)
    this.#mounts = [...this.#mounts, mount].sort((a, b) => b.prefix.length - a.prefix.length)
    return () => {
      this.#mounts = this.#mounts.filter((it) => it !== mount)
    }
  }

  find(path: string): Found | undefined {
    for (const mount of this.#mounts) {
      if (!path.startsWith(mount.prefix)) continue
      const rest = path.slice(mount.prefix.length)
      if (rest === '' || rest.startsWith('/')) return { ...mount, path: rest === '' ? '/' : rest }
    }
    return undefined
  }
}

import { fail, type HttpHandler, type MountOptions, type RawHandler } from '@waqtor/contracts'

/** Who answers, with the path as it sees it. */
export interface Served {
  readonly handler: HttpHandler
  readonly streamed: boolean
  readonly problem: MountOptions['problem']
  readonly path: string
}

/** Who took everything over that comes here. */
export interface TakenOver {
  readonly raw: RawHandler
}

export type Found = Served | TakenOver

interface Place {
  readonly prefix: string
  readonly found: Omit<Served, 'path'> | TakenOver
}

/** Who serves which part of the paths. Looked up with every request, so that what is undone is gone at once. */
export class Mounts {
  /** Longest first. */
  #places: readonly Place[] = []

  /** @returns the undo */
  add(path: string, handler: HttpHandler, { streamed = false, problem }: MountOptions = {}): () => void {
    return this.#put(path, { handler, streamed, problem })
  }

  /** @returns the undo */
  takeOver(path: string, raw: RawHandler): () => void {
    return this.#put(path, { raw })
  }

  find(path: string): Found | undefined {
    for (const { prefix, found } of this.#places) {
      if (!path.startsWith(prefix)) continue
      const rest = path.slice(prefix.length)
      if (rest !== '' && !rest.startsWith('/')) continue
      return 'raw' in found ? found : { ...found, path: rest === '' ? '/' : rest }
    }
    return undefined
  }

  #put(path: string, found: Place['found']): () => void {
    if (!/^\/([\w.-]+(\/[\w.-]+)*)?$/.test(path))
      throw fail('WAQ_CONFLICT', `'${path}' is no prefix to mount at: write it like '/api/v2'`)
    const place: Place = { prefix: path === '/' ? '' : path, found }
    if (this.#places.some((it) => it.prefix === place.prefix))
      throw fail('WAQ_CONFLICT', `something is mounted at '${path}' already`)
    this.#places = [...this.#places, place].sort((a, b) => b.prefix.length - a.prefix.length)
    return () => {
      this.#places = this.#places.filter((it) => it !== place)
    }
  }
}

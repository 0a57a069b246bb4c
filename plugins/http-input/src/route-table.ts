/** What a path leads to. */
export type Match<T> =
  | { readonly found: T; readonly params: Readonly<Record<string, string>> }
  /** There is something at the path, for these methods. */
  | { readonly allow: readonly string[] }

interface Leaf<T> {
  readonly value: T
  readonly names: readonly string[]
}

interface Node<T> {
  readonly fixed: Map<string, Node<T>>
  any: Node<T> | undefined
  readonly leaves: Map<string, Leaf<T>>
}

const parameter = /^\{([A-Za-z_]\w*)\}$/

/** Finds what belongs to a method and a path. Fixed segments win over `{parameters}`, whatever the order of adding. */
export class RouteTable<T> {
  readonly #root: Node<T> = node()

  /** Answers false, and adds nothing, when the place is taken or the path cannot be read. */
  add(method: string, path: string, value: T): boolean {
    const segments = path.split('/').slice(1)
    const names: string[] = []
    let at = this.#root
    for (const segment of segments) {
      const name = parameter.exec(segment)?.[1]
      if (name === undefined && (segment === '' || /[{}]/.test(segment))) return false
      if (name !== undefined) {
        names.push(name)
        at.any ??= node()
        at = at.any
      } else {
        const next: Node<T> = at.fixed.get(segment) ?? node()
        at.fixed.set(segment, next)
        at = next
      }
    }
    if (at.leaves.has(method)) return false
    at.leaves.set(method, { value, names })
    return true
  }

  match(method: string, path: string): Match<T> | undefined {
    const segments = path.split('/')
    const found = this.#search(this.#root, segments, 1, noValues, method, undefined)
    if (found) return found
    const allow = new Set<string>()
    this.#search(this.#root, segments, 1, noValues, method, allow)
    return allow.size > 0 ? { allow: [...allow].sort() } : undefined
  }

  #search(
    at: Node<T>,
    segments: readonly string[],
    index: number,
    values: readonly string[],
    method: string,
    allow: Set<string> | undefined,
  ): Match<T> | undefined {
    const segment = segments[index]
    if (segment === undefined) {
      const leaf = at.leaves.get(method)
      if (leaf) return { found: leaf.value, params: paramsOf(leaf, values) }
      if (allow) for (const other of at.leaves.keys()) allow.add(other)
      return undefined
    }
    const fixed = at.fixed.get(segment)
    const found = fixed && this.#search(fixed, segments, index + 1, values, method, allow)
    if (found || segment === '' || !at.any) return found
    return this.#search(at.any, segments, index + 1, [...values, segment], method, allow)
  }
}

const noValues: readonly string[] = []
/** What a path without parameters has. */
export const noParams: Readonly<Record<string, string>> = Object.freeze({})

function paramsOf({ names }: Leaf<unknown>, values: readonly string[]): Readonly<Record<string, string>> {
  return names.length === 0 ? noParams : Object.fromEntries(names.map((name, index) => [name, values[index]!]))
}

function node<T>(): Node<T> {
  return { fixed: new Map(), any: undefined, leaves: new Map() }
}

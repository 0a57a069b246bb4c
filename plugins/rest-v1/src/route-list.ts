import { type CompatibleRoute, compatibleRoutesOf } from '@waqtor/contracts'
import { type Match, RouteTable } from '@waqtor/http-input'
import type { KernelView, Logger } from '@waqtor/kernel'

/** The routes of this plugin and those that others contribute while they run. */
export class RouteList {
  readonly #kernel: KernelView
  readonly #log: Logger
  readonly #own: readonly CompatibleRoute[]
  /**
   * Every contributed route that there was. One whose plugin is being restarted keeps its place, so that its callers are told
   * to try again; whether it comes back the registry of commands knows.
   */
  readonly #known = new Map<string, CompatibleRoute>()
  #contributed: readonly CompatibleRoute[] | undefined
  #table = new RouteTable<CompatibleRoute>()

  constructor(kernel: KernelView, log: Logger, own: readonly CompatibleRoute[]) {
    this.#kernel = kernel
    this.#log = log
    this.#own = own
  }

  match(method: string, path: string): Match<CompatibleRoute> | undefined {
    const contributed = compatibleRoutesOf(this.#kernel)
    if (!this.#contributed || !alike(contributed, this.#contributed)) {
      this.#table = this.#build(contributed)
      this.#contributed = contributed
    }
    return this.#table.match(method, path)
  }

  #build(contributed: readonly CompatibleRoute[]): RouteTable<CompatibleRoute> {
    const table = new RouteTable<CompatibleRoute>()
    for (const route of this.#own) table.add(route.method, route.path, route)
    for (const route of contributed) {
      const name = `${route.method} ${route.path}`
      if (table.add(route.method, route.path, route)) this.#known.set(name, route)
      else this.#log.warn('a compatible route cannot be had: it is taken or malformed', { route: name })
    }
    for (const route of this.#known.values()) table.add(route.method, route.path, route)
    return table
  }
}

function alike(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((it, index) => it === others[index])
}

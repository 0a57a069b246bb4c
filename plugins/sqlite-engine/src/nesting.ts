import { AsyncLocalStorage } from 'node:async_hooks'

/** Says in whose callback the running code is, through every await. */
export interface Scope {
  /** The writer of the file. */
  readonly writer: object
  /** The callback from whose inside this write was asked for: of another file, or it would have been refused. */
  readonly outer: Scope | undefined
  /** False once the callback is over. */
  alive: boolean
}

const scopes = new AsyncLocalStorage<Scope>()

/** Runs `task` in the context of no caller: a queue must not run in that of whoever happened to come first. */
export const runOutside: (task: () => void) => void = AsyncLocalStorage.snapshot()

/** Calls `fn` so that everything it starts knows that it is inside `scope`. */
export function runInside<A, T>(scope: Scope, fn: (argument: A) => T, argument: A): T {
  return scopes.run(scope, fn, argument)
}

/** The callback that is running. Those that are over are passed by: what they left behind may write. */
export function currentScope(): Scope | undefined {
  let scope = scopes.getStore()
  while (scope && !scope.alive) scope = scope.outer
  return scope
}

/** True when `scope` lies inside a callback of `writer`, also by way of other files. */
export function isInside(writer: object, scope: Scope | undefined): boolean {
  for (let it = scope; it; it = it.outer) if (it.alive && it.writer === writer) return true
  return false
}

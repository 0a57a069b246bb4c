/** The same object with some of its methods replaced. What it has besides, now or later, it keeps. */
export function replacing<T extends object>(inner: T, changes: Partial<T>): T {
  return new Proxy(inner, {
    get(target, key) {
      const changed = Reflect.get(changes, key)
      if (changed !== undefined) return changed
      // Called on the object itself, whose private fields a proxy does not have.
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

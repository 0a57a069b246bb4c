/** What the page's models are made of: listeners by event name, several names in one string. */
export class Emitter {
  #listeners = new Map()

  on(names, listener) {
    for (const name of names.split(' ')) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, [])
      this.#listeners.get(name).push(listener)
    }
    return this
  }

  off(names, listener) {
    for (const name of names.split(' ')) {
      const kept = listener ? this.listeners(name).filter((it) => it !== listener && it.heard !== listener) : []
      this.#listeners.set(name, kept)
    }
    return this
  }

  once(names, listener) {
    const heard = (...args) => {
      this.off(names, heard)
      return listener.apply(this, args)
    }
    heard.heard = listener
    return this.on(names, heard)
  }

  trigger(name, ...args) {
    for (const listener of [...this.listeners(name)]) {
      // What a listener of the library does wrong is not the page's end.
      try {
        listener.apply(this, args)
      } catch (error) {
        reportError(error)
      }
    }
    return this
  }

  listeners(name) {
    return this.#listeners.get(name) ?? []
  }
}

const modules = new Map()
let missing = []

/** Makes a module of the page known by the name under which the library asks for it. */
export function define(name, exports) {
  modules.set(name, exports)
  return exports
}

/** The modules that this version of the page no longer has. */
export function takeAway(names) {
  missing = names
}

/** As the page's own loader: whoever asks for a module that is not there gets an error, not `undefined`. */
export function requireModule(name) {
  if (!modules.has(name) || missing.includes(name)) throw new Error(`Requiring unknown module "${name}"`)
  return modules.get(name)
}

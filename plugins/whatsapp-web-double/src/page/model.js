import { Emitter } from './events.js'

/** A thing with attributes that tells when they change: `change:<attribute>` (model, now, before), then `change`. */
export class Model extends Emitter {
  #collections = new Set()

  constructor(attributes = {}) {
    super()
    Object.assign(this, attributes)
  }

  set(attributes, { silent = false } = {}) {
    const before = Object.entries(attributes).filter(([name, value]) => this[name] !== value)
    const changes = before.map(([name, value]) => [name, value, this[name]])
    Object.assign(this, attributes)
    if (silent || changes.length === 0) return this
    for (const [name, now, then] of changes) this.trigger(`change:${name}`, this, now, then)
    return this.trigger('change', this)
  }

  trigger(name, ...args) {
    super.trigger(name, ...args)
    for (const collection of this.#collections) collection.trigger(name, ...args)
    return this
  }

  joined(collection) {
    this.#collections.add(collection)
  }

  left(collection) {
    this.#collections.delete(collection)
  }

  /** The attributes that stand for themselves. */
  serialize() {
    return Object.fromEntries(Object.entries(this).filter(([, value]) => typeof value !== 'function'))
  }

  toJSON() {
    return this.serialize()
  }
}

/** Models by their id; what they tell is told here, too. */
export class Collection extends Emitter {
  #models = new Map()

  get(id) {
    return this.#models.get(keyOf(id))
  }

  add(model) {
    this.#models.set(keyOf(model.id), model)
    model.joined(this)
    return this.trigger('add', model)
  }

  remove(model) {
    this.#models.delete(keyOf(model.id))
    this.trigger('remove', model)
    model.left(this)
    return this
  }

  getModelsArray() {
    return [...this.#models.values()]
  }

  get length() {
    return this.#models.size
  }
}

function keyOf(id) {
  return typeof id === 'string' ? id : id?._serialized
}

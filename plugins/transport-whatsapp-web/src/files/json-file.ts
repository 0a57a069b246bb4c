import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { z } from '@waqtor/kernel'

/** A small document that is read whole and replaced whole. A damaged one counts as absent. */
export class JsonFile<T> {
  readonly #path: string
  readonly #schema: z.ZodType<T>

  constructor(path: string, schema: z.ZodType<T>) {
    this.#path = path
    this.#schema = schema
  }

  read(): T | undefined {
    try {
      return this.#schema.safeParse(JSON.parse(readFileSync(this.#path, 'utf8'))).data
    } catch {
      return undefined
    }
  }

  write(value: T): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const fresh = `${this.#path}.new`
    writeFileSync(fresh, JSON.stringify(value), { mode: 0o600, flush: true })
    renameSync(fresh, this.#path)
  }

  remove(): void {
    rmSync(this.#path, { force: true })
  }
}

import { join } from 'node:path'
import { z } from '@waqtor/kernel'
import { JsonFile } from './json-file.ts'

const Place = z.object({ newest: z.number(), ids: z.array(z.string()) })
const keepIds = 500
const writeEveryMs = 2_000

/**
 * Up to where messages were reported. What came in while nobody listened is found by it at the next start; what is reported
 * twice after a crash, its readers know by its id.
 */
export class InboxFile {
  readonly #file: JsonFile<z.output<typeof Place>>
  #newest: number
  readonly #ids: Set<string>
  #timer: NodeJS.Timeout | undefined

  constructor(directory: string) {
    this.#file = new JsonFile(join(directory, 'inbox.json'), Place)
    const place = this.#file.read()
    this.#newest = place?.newest ?? Number.POSITIVE_INFINITY
    this.#ids = new Set(place?.ids)
  }

  /** Seconds, as WhatsApp counts; nothing before the first pairing. */
  get newest(): number {
    return this.#newest
  }

  /** What lies before the pairing is history and not news. */
  begin(now: number): void {
    if (this.#newest !== Number.POSITIVE_INFINITY) return
    this.#newest = now
    // A host that is killed before the first message comes knows all the same from where on it has to read.
    this.flush()
  }

  /** This message was reported already. */
  has(id: string): boolean {
    return this.#ids.has(id)
  }

  /** It is reported now. */
  take(id: string, time: number): void {
    this.#ids.add(id)
    if (this.#ids.size > keepIds * 4) for (const old of [...this.#ids].slice(0, keepIds * 2)) this.#ids.delete(old)
    this.#newest = Math.max(Number.isFinite(this.#newest) ? this.#newest : 0, time)
    this.#timer ??= setTimeout(() => this.flush(), writeEveryMs)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!Number.isFinite(this.#newest)) return
    try {
      this.#file.write({ newest: this.#newest, ids: [...this.#ids].slice(-keepIds) })
    } catch {
      // A full disk costs repeats after the next start, and no message.
    }
  }

  forget(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#newest = Number.POSITIVE_INFINITY
    this.#ids.clear()
    this.#file.remove()
  }
}

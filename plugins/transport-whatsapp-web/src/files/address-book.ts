import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from '@waqtor/kernel'

const Line = z.object({ lid: z.string().endsWith('@lid'), pn: z.string().endsWith('@c.us') })

/**
 * Which hidden identity (`…@lid`) belongs to which number. Learnt once and kept for ever: WhatsApp takes it amiss when it is
 * asked for it again and again.
 */
export class AddressBook {
  readonly #path: string
  readonly #numbers = new Map<string, string>()
  readonly #lids = new Map<string, string>()

  constructor(directory: string) {
    this.#path = join(directory, 'addresses.jsonl')
    for (const line of readLines(this.#path)) this.#put(line.lid, line.pn)
  }

  numberOf(lid: string): string | undefined {
    return this.#numbers.get(lid)
  }

  lidOf(pn: string): string | undefined {
    return this.#lids.get(pn)
  }

  learn(lid: string, pn: string): void {
    if (this.#numbers.get(lid) === pn) return
    this.#put(lid, pn)
    try {
      appendFileSync(this.#path, `${JSON.stringify({ lid, pn })}\n`, { mode: 0o600 })
    } catch {
      // A full disk costs a question after the next start, and no message.
    }
  }

  #put(lid: string, pn: string): void {
    this.#numbers.set(lid, pn)
    this.#lids.set(pn, lid)
  }
}

/** A line that a crash cut off is left out: it is learnt anew. */
function readLines(path: string): z.output<typeof Line>[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = Line.safeParse(JSON.parse(line))
      return parsed.success ? [parsed.data] : []
    } catch {
      return []
    }
  })
}

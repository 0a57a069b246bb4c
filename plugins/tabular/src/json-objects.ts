import { invalidTable, type TableLimits } from './table.ts'

export interface JsonText {
  readonly line: number
  readonly text: string
}

const structure = /["{}\n]/g
const stringEnd = /["\\\n]/g
/** What may stand between the objects of an array, or of a file with one object a line. */
const between = /[\s,[\]]/

/**
 * Cuts a text into its outermost JSON objects while it arrives, with the line on which each begins, and holds one of them in
 * memory. What stands between them and is no JSON becomes a piece of its own, up to the end of its line.
 */
export class JsonObjects {
  readonly #limits: TableLimits
  #text = ''
  #line = 1

  constructor(limits: TableLimits) {
    this.#limits = limits
  }

  /** @throws WaqtorError WAQ_TABLE_INVALID (400) where an object is too long */
  push(piece: string): JsonText[] {
    this.#text += piece
    return this.#take(false)
  }

  end(): JsonText[] {
    return this.#take(true)
  }

  #take(final: boolean): JsonText[] {
    const text = this.#text
    const found: JsonText[] = []
    let at = 0
    while (at < text.length) {
      const char = text[at]!
      if (between.test(char)) {
        if (char === '\n') this.#line++
        at++
        continue
      }
      const end = char === '{' ? endOfObject(text, at) : endOfLine(text, at)
      if (end < 0 && !final) break
      // An object that is never closed costs its first line.
      const until = end >= 0 ? end : endOfLine(text, at)
      const piece = text.slice(at, until < 0 ? text.length : until)
      found.push({ line: this.#line, text: piece })
      this.#line += piece.split('\n').length - 1
      at += piece.length
    }
    this.#text = text.slice(at)
    if (this.#text.length > this.#limits.rowLength)
      throw invalidTable(
        `an object that begins on line ${this.#line} has more than ${this.#limits.rowLength.toLocaleString('en')} characters`,
      )
    return found
  }
}

function endOfLine(text: string, from: number): number {
  return text.indexOf('\n', from)
}

/** Behind the brace that closes the one at `from`; -1 while it is not there. */
function endOfObject(text: string, from: number): number {
  let depth = 0
  let inString = false
  for (let at = from; ; ) {
    const pattern = inString ? stringEnd : structure
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (!found) return -1
    const char = found[0]
    at = found.index + 1
    if (inString) {
      if (char === '\\') at++
      // No string goes over the end of a line, so here something is missing.
      else inString = false
    } else if (char === '"') inString = true
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return at
  }
}

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
    /** Once one object was not closed: where all the others end. */
    let ends: ReadonlyMap<number, number> | undefined
    let at = 0
    while (at < text.length) {
      const char = text[at]!
      if (between.test(char)) {
        if (char === '\n') this.#line++
        at++
        continue
      }
      const end = char !== '{' ? endOfLine(text, at) : ends ? (ends.get(at) ?? -1) : endOfObject(text, at)
      if (end < 0 && !final) break
      if (end < 0 && char === '{') ends ??= endsOfObjects(text, at)
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

/**
 * Behind the brace that closes the one at `from`; -1 while it is not there.
 * @param ends takes down for each brace that is opened on the way and closed: where
 */
function endOfObject(text: string, from: number, ends?: Map<number, number>): number {
  const open: number[] = []
  let inString = false
  for (let at = from; ; ) {
    const pattern = inString ? stringEnd : structure
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (!found) return -1
    const char = found[0]
    at = found.index + 1
    if (inString) {
      // No string goes over the end of a line, so there something is missing.
      if (char !== '\\') inString = false
      else if (text[at] !== '\n') at++
    } else if (char === '"') inString = true
    else if (char === '{') open.push(found.index)
    else if (char === '}') {
      const start = open.pop()!
      ends?.set(start, at)
      if (open.length === 0) return at
    }
  }
}

/**
 * Where every object ends that begins behind `from`, where the one at `from` never does. Whatever line one begins to read
 * at, the braces are the same, since no string goes over the end of a line; so a file of nothing but open braces is read
 * once, and not once a line.
 */
function endsOfObjects(text: string, from: number): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  endOfObject(text, from, ends)
  return ends
}

import { longestText, variable } from './grammar.ts'

/** A parsed template: literal texts with variables between them. */
export interface Template {
  /** Names of the variables that have no default, each once. */
  readonly required: readonly string[]
  /** Every name that appears. */
  readonly names: readonly string[]
  /**
   * Puts the values in. A value is never looked at for variables again.
   * @throws RangeError when the text becomes longer than `longestText`
   */
  render(values: (name: string) => string | undefined): string
}

interface Slot {
  readonly name: string
  readonly fallback: string | undefined
}

/**
 * Parses a template. What is not a well-formed variable stays as text.
 * @example parseTemplate('Hello {{name|friend}}').render(() => undefined) // 'Hello friend'
 */
export function parseTemplate(source: string): Template {
  const texts: string[] = []
  const slots: Slot[] = []
  let end = 0
  for (const match of source.matchAll(variable)) {
    texts.push(source.slice(end, match.index))
    slots.push({ name: match[1]!, fallback: match[2]?.trim() })
    end = match.index + match[0].length
  }
  const tail = source.slice(end)
  return {
    names: [...new Set(slots.map((it) => it.name))],
    required: [...new Set(slots.filter((it) => it.fallback === undefined).map((it) => it.name))],
    render(values) {
      let text = ''
      for (let i = 0; i < slots.length; i++) {
        const { name, fallback } = slots[i]!
        text += texts[i]! + (values(name) || fallback || '')
        // Looked at on the way: thousands of long values would not even fit into a string.
        if (text.length > longestText) throw tooLong()
      }
      if (text.length + tail.length > longestText) throw tooLong()
      return text + tail
    },
  }
}

function tooLong(): RangeError {
  return new RangeError(
    `with these values the text has more than ${longestText.toLocaleString('en')} characters, the most that WhatsApp takes; shorten the text or the values`,
  )
}

export type Variables = Readonly<Record<string, string>>

/** Looks a name up in several records, the first that has it wins; own properties only. */
export function lookUp(...records: readonly Variables[]): (name: string) => string | undefined {
  return (name) => {
    for (const record of records) if (Object.hasOwn(record, name)) return record[name]
    return undefined
  }
}

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
  /**
   * As `render(lookUp(...records))`, a fifth quicker: no function has to be made and called for the look-ups.
   * @example template.fill([recipient.variables, contact])
   */
  fill(records: readonly Variables[]): string
}

export type Variables = Readonly<Record<string, string>>

/**
 * Parses a template. What is not a well-formed variable stays as text.
 * @example parseTemplate('Hello {{name|friend}}').render(() => undefined) // 'Hello friend'
 */
export function parseTemplate(source: string): Template {
  // The first text, then what follows each variable. Lists side by side are quicker to walk than one of records.
  const texts: string[] = []
  const variables: string[] = []
  const fallbacks: (string | undefined)[] = []
  let end = 0
  for (const match of source.matchAll(variable)) {
    texts.push(source.slice(end, match.index))
    variables.push(match[1]!)
    fallbacks.push(match[2]?.trim())
    end = match.index + match[0].length
  }
  texts.push(source.slice(end))
  return {
    names: [...new Set(variables)],
    required: [...new Set(variables.filter((_, i) => fallbacks[i] === undefined))],
    render(values) {
      let text = texts[0]!
      for (let i = 0; i < variables.length; i++) {
        text = text + (values(variables[i]!) || fallbacks[i] || '') + texts[i + 1]!
        // Looked at on the way: thousands of long values would not even fit into a string.
        if (text.length > longestText) throw tooLong()
      }
      if (text.length > longestText) throw tooLong()
      return text
    },
    fill(records) {
      let text = texts[0]!
      for (let i = 0; i < variables.length; i++) {
        text = text + (ownValue(records, variables[i]!) || fallbacks[i] || '') + texts[i + 1]!
        if (text.length > longestText) throw tooLong()
      }
      if (text.length > longestText) throw tooLong()
      return text
    },
  }
}

function tooLong(): RangeError {
  return new RangeError(
    `with these values the text has more than ${longestText.toLocaleString('en')} characters, the most that WhatsApp takes; shorten the text or the values`,
  )
}

/** Looks a name up in several records, the first that has it wins; own properties only. */
export function lookUp(...records: readonly Variables[]): (name: string) => string | undefined {
  return (name) => ownValue(records, name)
}

// Every word that goes into a message comes by here: what Object.hasOwn answers, a tenth of a message quicker.
const has = Object.prototype.hasOwnProperty

function ownValue(records: readonly Variables[], name: string): string | undefined {
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!
    if (has.call(record, name)) return record[name]
  }
  return undefined
}

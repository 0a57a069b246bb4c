import { longestText, variable } from './grammar.ts'
import { speller } from './spelling.ts'

/**
 * `too-long`: beyond `longestText` · `unclosed`: `{{name` · `empty-name`: `{{ }}` · `unsupported`: `{{a.b}}`, `{{#if a}}` ·
 * `misspelt`: a name that is nearly a known one · `unknown`: a name that is none of the known ones
 */
export type TemplateProblemCode = 'too-long' | 'unclosed' | 'empty-name' | 'unsupported' | 'misspelt' | 'unknown'

/** Something that a template's author probably did not mean. It can be sent nevertheless: what is no variable is text. */
export interface TemplateProblem {
  readonly code: TemplateProblemCode
  readonly message: string
  /** What to do. */
  readonly fix: string
  /** The place: `source.slice(index, index + length)`. */
  readonly index: number
  readonly length: number
  /** The same place for people, from 1. */
  readonly line: number
  readonly column: number
}

export interface CheckOptions {
  /** Variables that there are; a name that is nearly one of them is probably misspelt. */
  readonly known?: readonly string[]
  /** There are no variables besides: every other name is a problem. */
  readonly only?: boolean
}

type Fault = Pick<TemplateProblem, 'code' | 'message' | 'fix'>

/** More help nobody, and a hostile text has ten thousands. */
const most = 100
const staysText = 'until then it is sent as it stands'

/** What looks like a variable in a text that has none: the braces, what is in them, and their end if there is one. */
const attempt = /\{{2,}([^{}]*)(\}{2,})?/g

/**
 * Looks for what the author of a template probably did not mean, in the order of the text; the first hundred.
 * @example checkTemplate('Hi {{Name}}', { known: ['name'] }) // [{ code: 'misspelt', fix: "Did you mean '{{name}}'?", … }]
 */
export function checkTemplate(source: string, { known = [], only = false }: CheckOptions = {}): TemplateProblem[] {
  const problems: TemplateProblem[] = []
  const placeOf = placesIn(source)
  const report = (index: number, length: number, fault: Fault) => {
    if (problems.length < most) problems.push({ ...fault, index, length, ...placeOf(index) })
  }
  if (source.length > longestText) {
    report(0, source.length, tooLong(source.length))
    return problems
  }

  const lookBetween = (start: number, end: number) => {
    for (const match of source.slice(start, end).matchAll(attempt)) {
      const { length, fault } = judge(match[0], match[1]!, match[2] !== undefined)
      report(start + match.index, length, fault)
    }
  }
  const meant = speller(known)
  const faults = new Map(known.map((name): [string, Fault | undefined] => [name, undefined]))
  let end = 0
  for (const match of source.matchAll(variable)) {
    if (problems.length === most) return problems
    const name = match[1]!
    lookBetween(end, match.index)
    end = match.index + match[0].length
    if (!faults.has(name)) faults.set(name, faultOf(name, meant(name), only ? known : undefined))
    const fault = faults.get(name)
    if (fault) report(match.index, match[0].length, fault)
  }
  lookBetween(end, source.length)
  return problems
}

/** @param only the names that there are, where there are no others */
function faultOf(name: string, meant: string | undefined, only: readonly string[] | undefined): Fault | undefined {
  const message = `there is no variable '${name}'`
  if (meant !== undefined) return { code: 'misspelt', message, fix: `Did you mean '{{${meant}}}'?` }
  if (!only) return undefined
  const fix = only.length === 0 ? 'Write it out: there are no variables here.' : `Use one of: ${listed(only)}.`
  return { code: 'unknown', message, fix }
}

/** What is wrong with something that begins like a variable. */
function judge(whole: string, inner: string, closed: boolean): { readonly length: number; readonly fault: Fault } {
  if (!closed) {
    const line = whole.split(/\r|\n/, 1)[0]!.trimEnd()
    const fix = `Write '}}' after the name, as in '{{name}}'; ${staysText}.`
    return { length: line.length, fault: { code: 'unclosed', message: `'${short(line)}' is not closed`, fix } }
  }
  const name = inner.split('|', 1)[0]!.trim()
  if (name === '') {
    const message = `'${short(whole)}' names no variable`
    const fix = `Write a name between the braces, as in '{{name}}'; ${staysText}.`
    return { length: whole.length, fault: { code: 'empty-name', message, fix } }
  }
  const message = `'${short(whole)}' is no variable`
  return { length: whole.length, fault: { code: 'unsupported', message, fix: `${advice(name)}; ${staysText}.` } }
}

function advice(name: string): string {
  if (/^[#/^>!&]/.test(name))
    return "There are no conditions, loops or parts: say what to put instead of an empty value with '{{name|default}}'"
  if (/[.[\]]/.test(name)) return "There is nothing to look into: give the value a name of its own, as in '{{city}}'"
  return 'A name begins with a letter or _, goes on with letters, digits, spaces, _ and -, and has at most 64 characters'
}

function tooLong(length: number): Fault {
  const [limit, found] = [longestText, length].map((it) => it.toLocaleString('en'))
  return {
    code: 'too-long',
    message: `the text has ${found} characters; WhatsApp takes ${limit}`,
    fix: 'Shorten it, or send it as a document.',
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((it) => `'${it}'`)
  return names.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/** Lines and columns of places that are asked for in their order. */
function placesIn(source: string): (index: number) => Pick<TemplateProblem, 'line' | 'column'> {
  let line = 1
  let start = 0
  return (index) => {
    for (let at = source.indexOf('\n', start); at !== -1 && at < index; at = source.indexOf('\n', start)) {
      line++
      start = at + 1
    }
    return { line, column: index - start + 1 }
  }
}

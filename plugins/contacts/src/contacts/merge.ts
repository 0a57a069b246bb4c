import { MOST_FIELDS } from '../contract.ts'
import type { Person } from './rows.ts'

/**
 * A person with what somebody else knows of them besides: what is known there wins, what is empty there takes nothing away.
 * @returns the very same object when nothing is new, and nothing at all when there would be too many fields
 */
export function merge<P extends Person>(known: P, news: Person): P | undefined {
  const fields = Object.entries(news.fields).filter(
    ([name, value]) => value !== '' && own(known.fields, name) !== value,
  )
  const tags = news.tags.filter((it) => !known.tags.includes(it))
  const name = news.name === '' ? known.name : news.name
  const language = news.language ?? known.language
  // A consent that was given earlier, to other words, is the better proof.
  const consent = known.consent ?? news.consent
  const same = name === known.name && language === known.language && consent === known.consent
  if (same && fields.length === 0 && tags.length === 0) return known
  const all = { ...known.fields, ...Object.fromEntries(fields) }
  if (Object.keys(all).length > MOST_FIELDS) return undefined
  return { ...known, name, language, consent, fields: all, tags: [...known.tags, ...new Set(tags)] }
}

function own(fields: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

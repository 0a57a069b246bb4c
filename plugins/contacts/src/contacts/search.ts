import type { SqlValue } from '@waqtor/contracts'
import { fold } from '../fold.ts'
import type { Sql } from './walk.ts'

export interface ContactQuery {
  readonly search?: string | undefined
  readonly tag?: string | undefined
  readonly language?: string | undefined
  readonly optedOut?: boolean | undefined
}

/** What a list of contacts asks for, as SQL; nothing when it asks for everybody. */
export function toSql({ search = '', tag, language, optedOut }: ContactQuery): Sql | undefined {
  const parts = [
    ...(search === '' ? [] : [matchesText(search)]),
    ...(tag === undefined ? [] : [hasTag(tag)]),
    ...(language === undefined ? [] : [speaks(language)]),
    ...(optedOut === undefined ? [] : [optedOut ? isOptedOut : not(isOptedOut)]),
  ]
  return parts.length === 0 ? undefined : every(parts)
}

export function every(parts: readonly Sql[]): Sql {
  return joined(parts, ' AND ')
}

export function some(parts: readonly Sql[]): Sql {
  return joined(parts, ' OR ')
}

export function not({ text, params }: Sql): Sql {
  return { text: `NOT (${text})`, params }
}

function joined(parts: readonly Sql[], by: string): Sql {
  return { text: parts.map((it) => `(${it.text})`).join(by), params: parts.flatMap((it) => [...it.params]) }
}

export function sql(text: string, ...params: SqlValue[]): Sql {
  return { text, params }
}

export function hasTag(tag: string): Sql {
  return sql('EXISTS (SELECT 1 FROM contact_tags WHERE contact = c.id AND tag = ?)', tag)
}

/** `ar` is also spoken by those who speak `ar-EG`. */
export function speaks(language: string): Sql {
  return sql(
    '(c.language IS NOT NULL AND (c.language = ? OR substr(c.language, 1, ?) = ?))',
    language,
    language.length + 1,
    `${language}-`,
  )
}

export function isCalled(part: string): Sql {
  return sql('instr(c.folded, ?) > 0', fold(part))
}

export const isOptedOut: Sql = sql('EXISTS (SELECT 1 FROM opt_outs WHERE chat_id = c.chat_id AND ended_at IS NULL)')

/** Part of a name, or of a number with or without its zeros, spaces and signs. */
function matchesText(text: string): Sql {
  const folded = fold(text)
  const digits = /^[\d\s().+/-]+$/.test(folded) ? folded.replaceAll(/\D/g, '').replace(/^0+/, '') : ''
  return digits === '' ? isCalled(text) : some([isCalled(text), sql('instr(c.chat_id, ?) > 0', digits)])
}

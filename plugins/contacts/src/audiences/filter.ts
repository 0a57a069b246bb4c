import { every, hasTag, isCalled, isOptedOut, not, some, speaks, sql } from '../contacts/search.ts'
import type { Sql } from '../contacts/walk.ts'
import type { AudienceFilter, Condition } from '../contract.ts'

/** A filter as a condition on a contact `c`; nothing when it lets everybody in. */
export function compileFilter({ all, any, none }: AudienceFilter): Sql | undefined {
  const parts = [
    ...all.map(compile),
    ...(any.length > 0 ? [some(any.map(compile))] : []),
    ...none.map((it) => not(compile(it))),
  ]
  return parts.length === 0 ? undefined : every(parts)
}

/** Every condition is true or false and never NULL, so that its opposite is what it seems. */
function compile(condition: Condition): Sql {
  switch (condition.on) {
    case 'tag':
      return hasTag(condition.tag)
    case 'language':
      return speaks(condition.language)
    case 'name':
      return isCalled(condition.contains)
    case 'field':
      return field('atom = ?', condition.field, condition.equals)
    case 'field-contains':
      return field('instr(atom, ?) > 0', condition.field, condition.text)
    case 'field-exists':
      return field('true', condition.field)
    case 'consent':
      return sql('c.consent IS NOT NULL')
    case 'opted-out':
      return isOptedOut
    case 'wrote':
      return sql('EXISTS (SELECT 1 FROM contact_wrote WHERE chat_id = c.chat_id AND at > ?)', condition.after ?? -1)
    case 'created':
      return sql('c.created_at > ?', condition.after)
  }
}

/** The name is compared as it is: in a JSON path, quotes and dots of a name would mean something. */
function field(test: string, name: string, ...params: string[]): Sql {
  return sql(`EXISTS (SELECT 1 FROM json_each(c.fields) WHERE key = ? AND ${test})`, name, ...params)
}

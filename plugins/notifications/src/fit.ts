import type { NoticeText } from '@waqtor/contracts'

const longest = { title: 200, message: 2_000, key: 100, fieldName: 40, field: 500, icon: 60, link: 500 }
const MOST_FIELDS = 20

/**
 * A notice as it may be stored: other people's words may stand in it, so it is held to a length, control characters go, and
 * a link that does not stay in the dashboard is left out. Pure.
 */
export function fit({ type, title, message, key, fields, icon, link }: NoticeText): NoticeText {
  return {
    type,
    title: plain(title, longest.title),
    message: plain(message, longest.message),
    ...(key !== undefined && isKey(key) && { key, fields: fitting(fields ?? {}) }),
    ...(icon !== undefined && /^[a-z0-9][a-z0-9 -]*$/.test(icon) && icon.length <= longest.icon && { icon }),
    ...(link !== undefined && isInside(link) && { link }),
  }
}

function isKey(key: string): boolean {
  return /^[a-z][\w.-]*$/i.test(key) && key.length <= longest.key
}

function fitting(fields: NonNullable<NoticeText['fields']>): NonNullable<NoticeText['fields']> {
  const kept = Object.entries(fields).filter(([name]) => /^[a-z]\w*$/i.test(name) && name.length <= longest.fieldName)
  return Object.fromEntries(
    kept.slice(0, MOST_FIELDS).map(([name, it]) => [name, typeof it === 'string' ? plain(it, longest.field) : it]),
  )
}

function isInside(link: string): boolean {
  return /^\/(?![/\\])[^\s\\]*$/.test(link) && link.length <= longest.link
}

function plain(text: string, limit: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out; line breaks stay
  const clean = text.replace(/[\u0000-\u0009\u000b-\u001f\u007f]+/g, ' ').trim()
  const characters = [...clean]
  return characters.length <= limit ? clean : `${characters.slice(0, limit - 1).join('')}…`
}

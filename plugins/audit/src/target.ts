import { plain } from './plain.ts'

/** Fields that say what an action is about. A field that is not named here is never written: it might be a secret. */
const named: ReadonlySet<string> = new Set([
  'id',
  'name',
  'username',
  'email',
  'displayName',
  'role',
  'permission',
  'permissions',
  'instance',
  'instances',
  'feature',
  'features',
  'gated',
  'disabled',
  'enabled',
  'status',
  'action',
  'transport',
  'number',
  'types',
  'events',
  'uses',
  'length',
  'lifeHours',
  'opensForHours',
  'expiresAt',
  'since',
  'until',
  'address',
])
const MOST_ITEMS = 20

type Scalar = string | number | boolean | null

/** What an action is about, from its parsed input: ids, names and the like; of a URL its host alone. */
export function targetOf(input: unknown): Readonly<Record<string, Scalar | Scalar[]>> {
  if (typeof input !== 'object' || input === null) return {}
  const target: Record<string, Scalar | Scalar[]> = {}
  for (const [field, value] of Object.entries(input)) {
    const shown = field === 'url' ? hostOf(value) : isNamed(field) ? shownOf(value) : undefined
    if (shown !== undefined) target[field] = shown
  }
  return target
}

function isNamed(field: string): boolean {
  return named.has(field) || /^[a-zA-Z]{1,40}Ids?$/.test(field)
}

function shownOf(value: unknown): Scalar | Scalar[] | undefined {
  if (!Array.isArray(value)) return scalarOf(value)
  const items = value.slice(0, MOST_ITEMS).flatMap((it) => scalarOf(it) ?? [])
  return value.length > MOST_ITEMS ? [...items, `… ${value.length} in all`] : items
}

function scalarOf(value: unknown): Scalar | undefined {
  if (typeof value === 'string') return plain(value)
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : undefined
}

function hostOf(value: unknown): string | undefined {
  return typeof value === 'string' && URL.canParse(value) ? plain(new URL(value).host) : undefined
}

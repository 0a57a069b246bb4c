import { type Assembly, type PluginEntry, type Problem, resolve, z } from '@waqtor/kernel'
import { nearestOf } from '../nearest.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema
type Path = readonly (string | number)[]
interface UnknownOption {
  readonly path: Path
  readonly nearest: string | undefined
}

/** As the kernel's `resolve`; beyond that it finds unknown options at any depth, and the nearest known one of each. */
export function resolveEntries(entries: readonly PluginEntry[]): Assembly {
  const { order, problems } = resolve(entries)
  const unknown = order.flatMap(({ entry }) => unknownOptions(entry))
  // Where the kernel alone saw one, as in a schema that contains itself, it is told as the kernel saw it.
  const seen = new Set(unknown.map((it) => it.plugin))
  const others = problems.filter((it) => it.config?.got !== unknownKey || !seen.has(it.plugin))
  return { order, problems: [...unknown, ...others] }
}

/** What the kernel says of an unknown option that it has got. */
export const unknownKey = 'an unknown key'

// zod drops unknown keys in silence unless every nested schema is strict; a typing mistake must be seen whatever the author
// chose. Its JSON schema has one form for all the wrappers and kinds of objects.
function unknownOptions({ spec, config }: PluginEntry): Problem[] {
  const schema = z.toJSONSchema(spec.config, { io: 'input', unrepresentable: 'any' })
  return unknownKeys(schema, config, []).map(({ path, nearest }) => ({
    code: 'WAQ_CONFIG_INVALID',
    plugin: spec.name,
    message: `option '${path.join('.')}': there is no such option`,
    fix: nearest ? `Did you mean '${nearest}'?` : 'Remove it.',
    config: { path, got: unknownKey, ...(nearest && { nearest }) },
  }))
}

function unknownKeys(schema: JsonSchema, value: unknown, path: Path): UnknownOption[] {
  const branches = (schema.anyOf ?? schema.oneOf)?.filter((it) => (it.type ?? kindOf(value)) === kindOf(value))
  if (branches) return fewest(branches.map((it) => unknownKeys(it, value, path)))
  const inside = (inner: unknown, key: string | number, at: unknown) =>
    typeof inner === 'object' ? unknownKeys(inner as JsonSchema, at, [...path, key]) : []
  if (Array.isArray(value)) return value.flatMap((it, index) => inside(schema.items, index, it))
  const { properties, additionalProperties: others } = schema
  if (kindOf(value) !== 'object' || (!properties && !others)) return []
  return Object.entries(value as object).flatMap(([key, at]) => {
    if (properties && Object.hasOwn(properties, key)) return inside(properties[key], key, at)
    if (others) return inside(others, key, at)
    return [{ path: [...path, key], nearest: nearestOf(key, Object.keys(properties ?? {})) }]
  })
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

function fewest<T>(lists: T[][]): T[] {
  return lists.sort((a, b) => a.length - b.length)[0] ?? []
}

import { z } from 'zod'
import { type Problem, problem } from './errors.ts'
import type { PluginEntry } from './plugin.ts'

type Finding = NonNullable<Problem['config']> & { readonly message: string }
type Path = Finding['path']
type JsonSchema = z.core.JSONSchema.BaseSchema

/** Parses the options of one entry; an unknown key is a problem at any depth, with the nearest known one. */
export function parseConfig({ spec, config }: PluginEntry): { config?: unknown; problems: readonly Problem[] } {
  const unknown = unknownKeys(z.toJSONSchema(spec.config, { io: 'input', unrepresentable: 'any' }), config, [])
  const parsed = spec.config.safeParse(config)
  // A strict object of zod names its unknown keys itself, without the nearest one.
  const wrong = (parsed.error?.issues ?? []).filter((it) => it.code !== 'unrecognized_keys' || unknown.length === 0)
  const findings = [...unknown, ...wrong.map((it) => describe(it, config))]
  return { config: parsed.data, problems: findings.map((it) => toProblem(spec.name, it)) }
}

function toProblem(plugin: string, { message, ...config }: Finding): Problem {
  const where = config.path.length > 0 ? `option '${config.path.join('.')}'` : 'the options'
  const found = problem('WAQ_CONFIG_INVALID', plugin, `${where}: ${message}`)
  return { ...found, config, ...(config.nearest && { fix: `Did you mean '${config.nearest}'?` }) }
}

function describe(issue: z.core.$ZodIssue, config: unknown): Finding {
  const path = issue.path.map((it) => (typeof it === 'number' ? it : String(it)))
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], config)
  const expected = 'expected' in issue ? issue.expected : 'values' in issue && issue.values.join(' | ')
  return { path, message: issue.message, got: kindOf(value), ...(expected && { expected }) }
}

/** What a value is, without the value: options may be secrets. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

// zod drops unknown keys in silence unless every nested schema is strict; a typing mistake must be seen whatever the author
// chose. Its JSON schema has one form for all the wrappers and kinds of objects.
function unknownKeys(schema: JsonSchema, value: unknown, path: Path): Finding[] {
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
    const nearest = nearestOf(key, Object.keys(properties ?? {}))
    const message = 'there is no such option'
    return [{ path: [...path, key], message, got: 'an unknown key', ...(nearest && { nearest }) }]
  })
}

function fewest<T>(lists: T[][]): T[] {
  return lists.sort((a, b) => a.length - b.length)[0] ?? []
}

/** The closest of `candidates` to a mistyped word, or nothing when none is close. */
export function nearestOf(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((it) => ({ it, distance: editDistance(word.toLowerCase(), it.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  return best && best.distance <= Math.floor(word.length / 3) + 1 ? best.it : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === b[j] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

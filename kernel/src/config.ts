import { z } from 'zod'
import type { Problem } from './errors.ts'
import type { PluginEntry } from './plugin.ts'
import type { Schema } from './tokens.ts'

/** Parses the options of one entry; an unknown key is a problem at any depth, with the nearest known one. */
export function parseConfig({ spec, config }: PluginEntry): {
  readonly config?: unknown
  readonly problems: Problem[]
} {
  const unknown = unknownKeys(spec.config, config, [])
  const parsed = spec.config.safeParse(config)
  const issues = parsed.success ? [] : parsed.error.issues.filter((it) => !isTold(it, unknown))
  const findings = [...unknown, ...issues.map((it) => describe(it, config))]
  const problems = findings.map(({ message, ...found }): Problem => {
    const where = found.path.length > 0 ? `option '${found.path.join('.')}'` : 'the options'
    const fix = found.nearest ? `Did you mean '${found.nearest}'?` : 'Correct the option.'
    return { code: 'WAQ_CONFIG_INVALID', plugin: spec.name, message: `${where}: ${message}`, fix, config: found }
  })
  return { config: parsed.data, problems }
}

type Finding = NonNullable<Problem['config']> & { readonly message: string }

// A strict schema tells of unknown keys, too; inside lists and unions it is the only one that does.
function isTold({ code, path }: z.core.$ZodIssue, unknown: readonly Finding[]): boolean {
  return code === 'unrecognized_keys' && unknown.some((it) => it.path.slice(0, -1).join() === path.join())
}

function describe(issue: z.core.$ZodIssue, config: unknown): Finding {
  const path = issue.path.map((it) => (typeof it === 'number' ? it : String(it)))
  const value = path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | undefined)?.[key], config)
  const { expected, values } = issue as { readonly expected?: string; readonly values?: readonly unknown[] }
  const wanted = expected ?? values?.join(' | ')
  // Only the kind of a value is told: options may be secrets.
  const got = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  return { path, message: issue.message, got, ...(wanted && { expected: wanted }) }
}

// zod drops unknown keys in silence unless every nested schema is strict; a typing mistake must be seen whatever the author chose.
function unknownKeys(schema: Schema, value: unknown, path: readonly (string | number)[]): Finding[] {
  const object = unwrap(schema)
  if (!(object instanceof z.ZodObject) || typeof value !== 'object' || value === null) return []
  const { shape, def } = object
  if (def.catchall && !(def.catchall instanceof z.ZodNever)) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Object.hasOwn(shape, key)) return unknownKeys(shape[key] as Schema, inner, [...path, key])
    const nearest = nearestOf(key, Object.keys(shape))
    const message = 'there is no such option'
    return [{ path: [...path, key], message, got: 'an unknown key', ...(nearest && { nearest }) }]
  })
}

/** The schema inside `.optional()`, `.default()` and the like. */
function unwrap(schema: Schema): Schema {
  const { innerType } = schema.def as { readonly innerType?: Schema }
  return innerType ? unwrap(innerType) : schema
}

/** The closest of `candidates` to a mistyped word, or nothing when none is close. */
export function nearestOf(word: string, candidates: readonly string[]): string | undefined {
  const distance = (it: string) => editDistance(word.toLowerCase(), it.toLowerCase())
  const [nearest] = candidates.map((it) => [it, distance(it)] as const).sort((a, b) => a[1] - b[1])
  return nearest && nearest[1] <= Math.floor(word.length / 3) + 1 ? nearest[0] : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}

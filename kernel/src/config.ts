import { z } from 'zod'
import type { Problem } from './errors.ts'
import type { PluginEntry } from './plugin.ts'

type ConfigResult = { readonly config: unknown } | { readonly problems: readonly Problem[] }

/** Parses the options of one entry; an unknown key is a problem at any depth, with the nearest known one. */
export function parseConfig({ spec, config }: PluginEntry): ConfigResult {
  const unknown = unknownKeys(spec.config as z.ZodType, config, [])
  const parsed = (spec.config as z.ZodType).safeParse(config)
  const problems = [...unknown, ...(parsed.success ? [] : parsed.error.issues.map((it) => describe(it, config)))].map(
    (it) => toProblem(spec.name, it),
  )
  return problems.length > 0 ? { problems } : { config: parsed.data }
}

interface Finding {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly expected?: string
  readonly got?: string
  readonly nearest?: string
}

function toProblem(plugin: string, { message, ...config }: Finding): Problem {
  const where = config.path.length > 0 ? `option '${config.path.join('.')}'` : 'the options'
  const fix = config.nearest ? `Did you mean '${config.nearest}'?` : 'Correct the option.'
  return { code: 'WAQ_CONFIG_INVALID', plugin, message: `${where}: ${message}`, fix, config }
}

function describe(issue: z.core.$ZodIssue, config: unknown): Finding {
  const path = issue.path.map((it) => (typeof it === 'number' ? it : String(it)))
  const value = path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | undefined)?.[key], config)
  const expected =
    'expected' in issue
      ? String(issue.expected)
      : 'values' in issue
        ? (issue.values as unknown[]).join(' | ')
        : undefined
  return { path, message: issue.message, got: kindOf(value), ...(expected && { expected }) }
}

/** What a value is, without the value: options may be secrets. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

// zod drops unknown keys in silence unless every nested schema is strict; a typing mistake must be seen whatever the author chose.
function unknownKeys(schema: z.ZodType, value: unknown, path: readonly (string | number)[]): Finding[] {
  const object = unwrap(schema)
  if (!(object instanceof z.ZodObject) || object.def.catchall || !isPlain(value)) return []
  const shape = object.shape as Record<string, z.ZodType>
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined
    if (known) return unknownKeys(known, inner, [...path, key])
    const nearest = nearestOf(key, Object.keys(shape))
    return [
      { path: [...path, key], message: 'there is no such option', got: 'an unknown key', ...(nearest && { nearest }) },
    ]
  })
}

function unwrap(schema: z.ZodType): z.ZodType {
  let current = schema
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodNullable ||
    current instanceof z.ZodPrefault
  ) {
    current = current.unwrap() as z.ZodType
  }
  return current
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The closest of `candidates` to a mistyped word, or nothing when none is close. */
export function nearestOf(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3) + 1)
  const ranked = candidates
    .map((it) => ({ it, distance: editDistance(word.toLowerCase(), it.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0] && ranked[0].distance <= limit ? ranked[0].it : undefined
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

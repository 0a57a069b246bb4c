import { z } from 'zod'
import { type Problem, problem } from './errors.ts'
import type { PluginEntry } from './plugin.ts'

/** Parses the options of one entry; an option that its author does not let in is a problem. */
export function parseConfig({ spec, config }: PluginEntry): { config?: unknown; problems: readonly Problem[] } {
  // zod drops unknown options in silence unless the schema is strict; a typing mistake must be seen whatever the author chose.
  const closed = spec.config instanceof z.ZodObject && !spec.config.def.catchall
  const { data, error } = (closed ? (spec.config as z.ZodObject).strict() : spec.config).safeParse(config)
  return { config: data, problems: (error?.issues ?? []).flatMap((it) => problemsOf(it, spec.name, config)) }
}

function problemsOf(issue: z.core.$ZodIssue, plugin: string, config: unknown): Problem[] {
  const path = issue.path.map((it) => (typeof it === 'number' ? it : String(it)))
  const wrong = (at: typeof path, message: string, found: { readonly got: string; readonly expected?: string }) => {
    const where = at.length > 0 ? `option '${at.join('.')}'` : 'the options'
    return { ...problem('WAQ_CONFIG_INVALID', plugin, `${where}: ${message}`), config: { path: at, ...found } }
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => wrong([...path, key], 'there is no such option', { got: 'an unknown key' }))
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], config)
  // What a value is, without the value: options may be secrets.
  const got = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const expected = 'expected' in issue ? issue.expected : 'values' in issue && issue.values.join(' | ')
  return [wrong(path, issue.message, { got, ...(expected && { expected }) })]
}

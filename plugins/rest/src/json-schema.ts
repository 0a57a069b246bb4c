import { z } from '@waqtor/kernel'

/** A JSON schema as it stands in an OpenAPI 3.1 document. */
export type JsonSchema = z.core.JSONSchema.BaseSchema

/** A schema, and the named ones that it refers to. */
export interface Described {
  readonly schema: JsonSchema
  readonly named: Readonly<Record<string, JsonSchema>>
}

/**
 * Describes a zod schema for an OpenAPI document. What refers to itself, or has a name of its own, is moved to the
 * document's components: a reference leads from the root of the whole document.
 * @param name under which parts without a name of their own are kept: `messages.list.output`
 */
export function describe(schema: z.ZodType, io: 'input' | 'output', name: string): Described {
  const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
  const nameOf = (key: string) => (key.startsWith('__') ? `${name}.${key.slice(2)}` : key)
  let recursive = false
  const moved = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(moved)
    if (typeof node !== 'object' || node === null) return node
    const entries = Object.entries(node).map(([key, value]) => {
      if (key !== '$ref' || typeof value !== 'string') return [key, moved(value)]
      if (value === '#') recursive = true
      return [key, componentPath(value === '#' ? name : nameOf(value.slice('#/$defs/'.length)))]
    })
    return Object.fromEntries(entries)
  }
  const named = Object.fromEntries(
    Object.entries($defs).map(([key, value]) => [nameOf(key), moved(value) as JsonSchema]),
  )
  const whole = moved(root) as JsonSchema
  if (!recursive) return { schema: whole, named }
  return { schema: { $ref: componentPath(name) }, named: { ...named, [name]: whole } }
}

function componentPath(name: string): string {
  return `#/components/schemas/${name}`
}

/** The fields of an object schema; those of all its variants where it has several, and then none is required. */
export function propertiesOf({ schema, named }: Described): {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required: ReadonlySet<string>
} {
  const properties: Record<string, JsonSchema> = {}
  const collect = (node: JsonSchema, depth: number): void => {
    const referred = node.$ref === undefined ? undefined : named[node.$ref.slice(componentPath('').length)]
    const variants = [referred, ...(node.allOf ?? []), ...(node.anyOf ?? []), ...(node.oneOf ?? [])] as JsonSchema[]
    if (depth < 8) for (const variant of variants) if (variant) collect(variant, depth + 1)
    for (const [name, field] of Object.entries(node.properties ?? {})) properties[name] ??= field as JsonSchema
  }
  collect(schema, 0)
  return { properties, required: new Set(schema.required) }
}

/** An object schema without some of its fields. */
export function without(schema: JsonSchema, names: readonly string[]): JsonSchema {
  if (!schema.properties || names.length === 0) return schema
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => !names.includes(name)))
  const required = (schema.required ?? []).filter((name) => !names.includes(name))
  const { required: _, ...rest } = schema
  return { ...rest, properties, ...(required.length > 0 && { required }) }
}

import { readFileSync } from 'node:fs'
import { parseSync, Visitor } from 'rolldown/utils'
import { withoutComments } from './source-text.ts'

/** A name as it stands in a file; with `source` it is a name in another module. */
export interface Reference {
  readonly name: string
  readonly source?: string
}

export interface Declaration {
  readonly text: string
  /** Types and values that the declaration mentions. */
  readonly mentions: readonly Reference[]
}

export interface DeclarationFile {
  readonly declarations: ReadonlyMap<string, readonly Declaration[]>
  /** Local name → where it was imported from. */
  readonly imports: ReadonlyMap<string, Reference>
  /** Exported name → what stands behind it. */
  readonly exports: ReadonlyMap<string, Reference>
  /** Sources of `export * from`. */
  readonly stars: readonly string[]
}

/** An identifier carries its name, a string literal its value. */
function nameOf(node: object): string {
  if ('name' in node) return String(node.name)
  if ('value' in node) return String(node.value)
  throw new Error(`the report knows no such name: ${JSON.stringify(node)}`)
}

/** Takes an emitted `.d.ts` file apart. Comments are dropped first, so the texts hold none. */
export function readDeclarations(file: string): DeclarationFile {
  const code = withoutComments(readFileSync(file, 'utf8'), file)
  const declarations = new Map<string, Declaration[]>()
  const imports = new Map<string, Reference>()
  const exports = new Map<string, Reference>()
  const stars: string[] = []

  for (const node of parseSync(file, code).program.body) {
    const declaration = node.type === 'ExportNamedDeclaration' && node.declaration ? node.declaration : node
    for (const name of declaredNames(declaration)) {
      const text = code.slice(node.start, node.end).replace(/\n\s*\n/g, '\n')
      declarations.set(name, [...(declarations.get(name) ?? []), { text, mentions: mentionsIn(text) }])
      if (declaration !== node) exports.set(name, { name })
    }
    if (node.type === 'ImportDeclaration') {
      for (const it of node.specifiers) {
        const name = it.type === 'ImportSpecifier' ? nameOf(it.imported) : '*'
        imports.set(it.local.name, { source: node.source.value, name })
      }
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const it of node.specifiers) {
        const source = node.source ? { source: node.source.value } : {}
        exports.set(nameOf(it.exported), { ...source, name: nameOf(it.local) })
      }
    } else if (node.type === 'ExportAllDeclaration') stars.push(node.source.value)
    else if (node.type === 'ExportDefaultDeclaration') throw new Error(`${file}: the report knows named exports only`)
  }
  return { declarations, imports, exports, stars }
}

function declaredNames(node: { readonly type: string }): string[] {
  if (node.type === 'ImportDeclaration') return []
  if ('declarations' in node) return (node.declarations as { id: object }[]).map((it) => nameOf(it.id))
  return 'id' in node && node.id ? [nameOf(node.id)] : []
}

function mentionsIn(text: string): readonly Reference[] {
  const found: Reference[] = []
  const add = (node: { readonly type: string }, source?: string) => {
    if ('left' in node) add(node.left as typeof node, source)
    else if (node.type === 'Identifier') found.push({ name: nameOf(node), ...(source && { source }) })
  }
  new Visitor({
    TSTypeReference: (node) => add(node.typeName),
    TSTypeQuery: (node) => add(node.exprName),
    TSInterfaceHeritage: (node) => add(node.expression),
    TSClassImplements: (node) => add(node.expression),
    ClassDeclaration: (node) => node.superClass && add(node.superClass),
    TSImportType: (node) => node.qualifier && add(node.qualifier, node.source.value),
  }).visit(parseSync('part.d.ts', text).program)
  return found
}

import { type ParserPlugin, parse } from '@babel/parser'
import type * as t from '@babel/types'
import type { Position } from '../problem.ts'

type Path = readonly (string | number)[]

export interface SyntaxProblem extends Position {
  readonly message: string
}

/**
 * The text of a config file as a tree, to find the place of an option in it.
 * It reads what is written and follows constants of the same file; what is computed it cannot follow, and then answers
 * with the nearest place that it knows.
 */
export class ConfigSource {
  readonly syntaxProblems: readonly SyntaxProblem[]
  readonly #body: readonly t.Statement[]
  readonly #constants = new Map<string, t.Expression>()

  /** @param path decides about TypeScript by its ending */
  constructor(text: string, path: string) {
    const { body, problems } = read(text, /\.[cm]?ts$/.test(path))
    this.#body = body
    this.syntaxProblems = problems
    for (const statement of body) {
      const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
      if (declaration?.type !== 'VariableDeclaration') continue
      for (const { id, init } of declaration.declarations)
        if (id.type === 'Identifier' && init) this.#constants.set(id.name, init)
    }
  }

  /** Where an import of `specifier` (or one that `matches`) names it. */
  importOf(matches: (specifier: string) => boolean): Position | undefined {
    for (const statement of this.#body) {
      const from = 'source' in statement ? statement.source : undefined
      if (from?.type === 'StringLiteral' && matches(from.value)) return positionOf(from)
    }
    return undefined
  }

  /** The place of `path` in the exported object: as deep as it can be followed. */
  locateOwn(path: Path): Position | undefined {
    const root = this.#root()
    return root && this.#walk(root, path)
  }

  /**
   * The place of `path` in the options of a plugin.
   * @param place of the entry in the exported `plugins`
   * @param name of the plugin, for lists that are put together
   */
  locate(place: number, name: string, path: Path): Position | undefined {
    const call = this.#call(place, name)
    if (!call) return undefined
    const options = call.arguments[0]
    if (path.length === 0 || !options || options.type === 'SpreadElement' || options.type === 'ArgumentPlaceholder')
      return positionOf(call)
    return this.#walk(options, path)
  }

  #root(): t.ObjectExpression | undefined {
    const exported = this.#body.find((it) => it.type === 'ExportDefaultDeclaration')?.declaration
    if (!exported || exported.type.endsWith('Declaration')) return undefined
    const value = this.#follow(exported as t.Expression)
    if (value.type === 'ObjectExpression') return value
    const first = value.type === 'CallExpression' ? value.arguments[0] : undefined
    const inner = first && isExpression(first) ? this.#follow(first) : undefined
    return inner?.type === 'ObjectExpression' ? inner : undefined
  }

  #call(place: number, name: string): t.CallExpression | undefined {
    const root = this.#root()
    const list = root && this.#property(root, 'plugins')
    const value = list && this.#follow(list.value as t.Expression)
    if (value?.type === 'ArrayExpression') {
      const { elements } = value
      // Up to the first spread, the places of the list are those of the text.
      const spread = elements.findIndex((it) => it?.type === 'SpreadElement')
      const element = elements[place]
      if (element && element.type !== 'SpreadElement' && (spread < 0 || place < spread))
        return this.#callIn(element, name)
    }
    return this.#callNamed(name)
  }

  /** The call in an entry that may stand behind a condition. */
  #callIn(expression: t.Expression, name: string): t.CallExpression | undefined {
    const value = this.#follow(expression)
    if (value.type === 'CallExpression') return value
    if (value.type === 'LogicalExpression') return this.#callIn(value.right, name)
    if (value.type === 'ConditionalExpression') {
      const calls = [this.#callIn(value.consequent, name), this.#callIn(value.alternate, name)]
      return calls.find((it) => it && this.#makes(it, name)) ?? calls.find((it) => it !== undefined)
    }
    return undefined
  }

  /** The only call in the file that makes the plugin, by the name of what is called or where it comes from. */
  #callNamed(name: string): t.CallExpression | undefined {
    const calls: t.CallExpression[] = []
    for (const statement of this.#body) visit(statement, (it) => this.#makes(it, name) && calls.push(it))
    return calls.length === 1 ? calls[0] : undefined
  }

  #makes({ callee }: t.CallExpression, name: string): boolean {
    if (callee.type !== 'Identifier') return false
    const definition = this.#constants.get(callee.name)
    if (definition?.type === 'CallExpression') {
      const options = definition.arguments[0]
      const named = options?.type === 'ObjectExpression' ? this.#property(options, 'name')?.value : undefined
      return named?.type === 'StringLiteral' && named.value === name
    }
    const from = this.#body.find(
      (it): it is t.ImportDeclaration =>
        it.type === 'ImportDeclaration' && it.specifiers.some(({ local }) => local.name === callee.name),
    )
    return from !== undefined && bareName(from.source.value) === bareName(name)
  }

  #walk(start: t.Expression, path: Path): Position {
    let found: t.Node = start
    let value = this.#follow(start)
    for (const key of path) {
      if (value.type === 'ObjectExpression') {
        const property = this.#property(value, String(key))
        if (!property) break
        found = property
        value = this.#follow(property.value as t.Expression)
      } else if (value.type === 'ArrayExpression' && typeof key === 'number') {
        const element: t.Node | null | undefined = value.elements[key]
        if (!element || !isExpression(element)) break
        found = element
        value = this.#follow(element)
      } else break
    }
    return positionOf(found)
  }

  /** The last property of that name, inside spread constants as well. */
  #property(object: t.ObjectExpression, key: string): t.ObjectProperty | undefined {
    for (const it of object.properties.toReversed()) {
      if (it.type === 'ObjectProperty' && keyOf(it) === key) return it
      if (it.type !== 'SpreadElement') continue
      const spread = this.#follow(it.argument)
      const inner = spread.type === 'ObjectExpression' ? this.#property(spread, key) : undefined
      if (inner) return inner
    }
    return undefined
  }

  /** Through type assertions, parentheses and constants of this file. */
  #follow(expression: t.Expression): t.Expression {
    let it = expression
    const seen = new Set<t.Expression>()
    while (!seen.has(it)) {
      seen.add(it)
      if (it.type === 'Identifier') it = this.#constants.get(it.name) ?? it
      else if ('expression' in it && it.type !== 'ArrowFunctionExpression') it = it.expression as t.Expression
      else if (it.type === 'AwaitExpression') it = it.argument
    }
    return it
  }
}

function read(text: string, typescript: boolean): { body: readonly t.Statement[]; problems: SyntaxProblem[] } {
  const plugins: ParserPlugin[] = typescript ? ['typescript'] : []
  try {
    const { program, errors } = parse(text, {
      sourceType: 'module',
      allowReturnOutsideFunction: false,
      errorRecovery: true,
      plugins,
    })
    return { body: program.body, problems: (errors ?? []).map(syntaxProblem) }
  } catch (error) {
    return { body: [], problems: [syntaxProblem(error)] }
  }
}

function syntaxProblem(error: unknown): SyntaxProblem {
  const { loc, message } = error as { loc?: { line: number; column: number }; message: string }
  return {
    message: message.replace(/ \(\d+:\d+\)$/, '').replace(/\.$/, ''),
    line: loc?.line ?? 1,
    column: (loc?.column ?? 0) + 1,
  }
}

function positionOf({ loc }: t.Node): Position {
  return { line: loc?.start.line ?? 1, column: (loc?.start.column ?? 0) + 1 }
}

function keyOf({ key, computed }: t.ObjectProperty): string | undefined {
  if (key.type === 'Identifier' && !computed) return key.name
  return key.type === 'StringLiteral' || key.type === 'NumericLiteral' ? String(key.value) : undefined
}

function isExpression(node: t.Node): node is t.Expression {
  return node.type !== 'SpreadElement' && node.type !== 'ArgumentPlaceholder'
}

/** `@waqtor/plugin-http`, `./http.ts` and `http` are all `http`. */
function bareName(text: string): string {
  const last = text.split('/').at(-1) ?? text
  return last.replace(/\.[cm]?[jt]s$/, '').replace(/^(waqtor-)?plugin-|^waqtor-/, '')
}

function visit(node: t.Node, each: (call: t.CallExpression) => unknown): void {
  if (node.type === 'CallExpression') each(node)
  for (const child of Object.values(node)) {
    for (const it of Array.isArray(child) ? child : [child])
      if (typeof it === 'object' && it !== null && typeof (it as t.Node).type === 'string') visit(it as t.Node, each)
  }
}

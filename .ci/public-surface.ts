import { dirname, join } from 'node:path'
import { type DeclarationFile, type Reference, readDeclarations } from './declaration-file.ts'

/** Where a name is declared: in a file of the package, or in another package. */
type Origin = { readonly file: string; readonly name: string } | { readonly external: string }

/** Name → the texts of its declarations; none for what comes from another package whole. */
export type Declarations = ReadonlyMap<string, readonly string[]>

export interface PublicSurface {
  /** For every entry what it exports, by name. */
  readonly exported: readonly Declarations[]
  /** What those mention without any entry exporting it: part of the surface all the same. */
  readonly mentioned: Declarations
}

const isOwn = (source: string | undefined) => source?.startsWith('.') === true
const beside = (file: string, source: string) => join(dirname(file), source.replace(/(\.d)?\.[jt]s$/, '.d.ts'))
const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1)

/** Follows the exports of a package's entries, given as declaration files, to the declarations themselves. */
export function publicSurface(entries: readonly string[]): PublicSurface {
  const opened = new Map<string, DeclarationFile>()
  const open = (file: string): DeclarationFile => {
    const known = opened.get(file) ?? readDeclarations(file)
    opened.set(file, known)
    return known
  }

  const namesOf = (file: string): string[] => {
    const { exports, stars } = open(file)
    return [...exports.keys(), ...stars.filter(isOwn).flatMap((source) => namesOf(beside(file, source)))]
  }
  const exportOf = (file: string, name: string): Origin => {
    const { exports, stars } = open(file)
    const behind = exports.get(name)
    if (behind) return follow(file, behind)
    const star = stars.find((source) => isOwn(source) && namesOf(beside(file, source)).includes(name))
    if (!star) throw new Error(`${file} does not export '${name}'`)
    return exportOf(beside(file, star), name)
  }
  const follow = (file: string, { source, name }: Reference): Origin => {
    if (source && isOwn(source)) return exportOf(beside(file, source), name)
    if (source) return { external: `export { ${name} } from '${source}'` }
    const imported = open(file).imports.get(name)
    return imported ? follow(file, imported) : { file, name }
  }

  const taken = new Set<string>()
  const pending: { readonly file: string; readonly mention: Reference }[] = []
  const take = (origin: Origin): string[] => {
    if ('external' in origin) return [origin.external]
    const { file, name } = origin
    taken.add(`${file}#${name}`)
    return (open(file).declarations.get(name) ?? []).map(({ text, mentions }) => {
      pending.push(...mentions.map((mention) => ({ file, mention })))
      return text
    })
  }

  const exported = entries.map((entry) => {
    const names = [...new Set(namesOf(entry))].sort()
    const foreign = open(entry).stars.filter((source) => !isOwn(source))
    return new Map([
      ...names.map((name): [string, string[]] => [name, take(exportOf(entry, name))]),
      ...foreign.map((source): [string, string[]] => [`* from ${source}`, [`export * from '${source}'`]]),
    ])
  })
  const mentioned = new Map<string, string[]>()
  for (let next = pending.shift(); next; next = pending.shift()) {
    const origin = follow(next.file, next.mention)
    if ('external' in origin || taken.has(`${origin.file}#${origin.name}`)) continue
    const texts = take(origin)
    if (texts.length > 0) mentioned.set(origin.name, [...(mentioned.get(origin.name) ?? []), ...texts])
  }
  return { exported, mentioned: new Map([...mentioned].sort(byName)) }
}

/** Keeps the project references of every tsconfig.json equal to the workspace packages that its package depends on. */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Generated, writeOrCompare } from './generated.ts'
import { ownDependencies, readManifest, root, workspacePackages } from './workspace.ts'

const packages = workspacePackages()
const folderOf = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]))

function withReferences(folder: string, targets: readonly string[]): Generated {
  const path = posix.join(folder, 'tsconfig.json')
  const { references: _, ...config } = JSON.parse(readFileSync(join(root, path), 'utf8'))
  const references = [...targets].sort().map((target) => ({ path: posix.relative(folder, target) }))
  return { path, content: `${JSON.stringify({ ...config, references }, null, 2)}\n` }
}

function targetsOf(names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const folder = folderOf.get(name)
    if (!folder) throw new Error(`'${name}' is no package of this workspace`)
    return folder
  })
}

writeOrCompare(
  [
    ...packages.map(({ folder, manifest }) => withReferences(folder, targetsOf(ownDependencies(manifest)))),
    // The root's own files (config, checks) are compiled in .ci, with what the root depends on.
    withReferences('.ci', targetsOf(ownDependencies(readManifest('.')))),
    withReferences('.', ['.ci', ...packages.map(({ folder }) => folder)]),
  ],
  'pnpm references',
)

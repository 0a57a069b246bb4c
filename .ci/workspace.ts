import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The folder of the checkout. */
export const root = resolve(import.meta.dirname, '..')

export interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface WorkspacePackage {
  /** Relative to the root, with forward slashes: `plugins/auth`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** Reads the package.json of a folder below the root. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

/** Every package that the workspace file names, sorted by folder. */
export function workspacePackages(): readonly WorkspacePackage[] {
  const listed = /^packages: \[(.*)\]$/m.exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))?.[1]
  if (!listed) throw new Error('pnpm-workspace.yaml has no line `packages: […]`; the checks in .ci read it')
  const patterns = listed.split(',').map((it) => `${it.trim()}/package.json`)
  return globSync(patterns, { cwd: root })
    .map((file) => dirname(file).replaceAll('\\', '/'))
    .filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
    .sort()
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
}

/** Names of workspace packages that a manifest depends on in any way. */
export function ownDependencies(manifest: Manifest): readonly string[] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies }
  return Object.keys(all).filter((name) => all[name]?.startsWith('workspace:'))
}

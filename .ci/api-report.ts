/**
 * Keeps the API reports of the packages that others build on. A change to what they export shows up as a change to a
 * checked-in file, so it is seen in review. Reads the declarations that `tsc -b` emitted.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeOrCompare } from './generated.ts'
import { type Declarations, publicSurface } from './public-surface.ts'
import { readManifest, root } from './workspace.ts'

const reports: readonly { folder: string; path: string; entries: Readonly<Record<string, string>> }[] = [
  {
    folder: 'kernel',
    path: 'kernel/kernel.api.md',
    entries: { '.': 'index', './errors': 'errors', './testing': 'testing/index' },
  },
  {
    folder: 'plugins/contracts',
    path: 'plugins/contracts/contracts.api.md',
    entries: { '.': 'index', './cli-files': 'cli-files', './cli-usage': 'cli-usage', './fail': 'fail' },
  },
]

const listing = (declarations: Declarations): string =>
  `\`\`\`ts\n${[...declarations.values()].map((texts) => texts.join('\n')).join('\n\n')}\n\`\`\``

function report(folder: string, entries: Readonly<Record<string, string>>): string {
  const files = Object.values(entries).map((module) => join(root, folder, 'dist', `${module}.d.ts`))
  const missing = files.find((file) => !existsSync(file))
  if (missing) throw new Error(`${missing} is missing: run \`pnpm types\` first`)
  const { exported, mentioned } = publicSurface(files)
  const { name } = readManifest(folder)
  const parts = [`# What ${name} exports`, 'Made by `pnpm api`; not edited by hand.']
  for (const [index, subpath] of Object.keys(entries).entries()) {
    parts.push(`## \`${join(name, subpath)}\``, listing(exported[index] ?? new Map()))
  }
  if (mentioned.size > 0) parts.push('## Mentioned above, not exported', listing(mentioned))
  return `${parts.join('\n\n')}\n`
}

writeOrCompare(
  reports.map(({ path, folder, entries }) => ({ path, content: report(folder, entries) })),
  'pnpm api',
)

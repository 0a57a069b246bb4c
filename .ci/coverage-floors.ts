/** Holds every package by itself to the floor of coverage, so that a good one cannot hide a poor one. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { byPackage, type Measures, measures, percent } from './coverage.ts'
import { root, workspacePackages } from './workspace.ts'

const floor = 80
const report = join(root, 'coverage/coverage-summary.json')
if (!existsSync(report)) {
  console.log('coverage/coverage-summary.json is missing: run `pnpm test` first')
  process.exit(1)
}
const summary: Record<string, Measures> = JSON.parse(readFileSync(report, 'utf8'))
const files = new Map(
  Object.entries(summary)
    .filter(([path]) => path !== 'total')
    .map(([path, share]) => [relative(root, path).replaceAll('\\', '/'), share]),
)
// Benchmarks are run by hand, beside what they compare with.
const folders = workspacePackages()
  .map(({ folder }) => folder)
  .filter((folder) => folder !== 'bench')
const packages = byPackage(files, folders)

for (const folder of folders) {
  const share = packages.get(folder)
  if (!share) {
    const empty = globSync(`${folder}/src/**/*.ts`, { cwd: root }).length === 0
    console.log(`${folder}: ${empty ? 'no source yet' : 'not in the report at all'}`)
    process.exitCode = 1
    continue
  }
  const figures = measures.map((name) => `${name} ${percent(share[name])} %`)
  const low = measures.filter((name) => percent(share[name]) < floor)
  console.log(`${folder}: ${figures.join(', ')}${low.length > 0 ? `  (below ${floor} %: ${low.join(', ')})` : ''}`)
  if (low.length > 0) process.exitCode = 1
}

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './workspace.ts'

const config = join(root, '.dependency-cruiser.cjs')
const rules: { readonly forbidden: readonly { readonly name: string }[] } = createRequire(import.meta.url)(config)

/** The names under which the house's packages are imported, and their folders. */
const packages = {
  '@waqtor/kernel': 'kernel',
  '@waqtor/host': 'host',
  '@waqtor/contracts': 'plugins/contracts',
  '@waqtor/sqlite-engine': 'plugins/sqlite-engine',
  '@waqtor/plugin-a': 'plugins/a',
  '@waqtor/plugin-b': 'plugins/b',
  '@waqtor/sdk': 'sdk/node',
  '@waqtor/dashboard': 'dashboard',
  '@waqtor/bench': 'bench',
} as const

/** A small house that keeps every rule. */
const sound: Readonly<Record<string, string>> = {
  'kernel/src/index.ts': "import 'zod'\nimport 'tapable'\nimport 'node:util'\nimport type { B } from './beside.ts'",
  'kernel/src/beside.ts': "import type { A } from './index.ts'",
  'kernel/src/testing/index.ts': "import '../index.ts'",
  'host/src/index.ts': "import '@waqtor/kernel'\nimport '@waqtor/contracts'",
  'host/src/whole.test.ts': "import '@waqtor/plugin-a'\nimport 'vitest'",
  'plugins/contracts/src/index.ts': "import '@waqtor/kernel'",
  'plugins/sqlite-engine/src/index.ts': "import '@waqtor/contracts'",
  'plugins/a/src/index.ts':
    "import './contract.ts'\nimport './inside.ts'\nimport '@waqtor/plugin-b/contract'\nimport '@waqtor/sqlite-engine'",
  'plugins/a/src/contract.ts': "import 'zod'\nimport '@waqtor/kernel'\nimport '@waqtor/contracts'",
  'plugins/a/src/inside.ts': '',
  'plugins/a/src/index.test.ts': "import '@waqtor/plugin-b'\nimport '@waqtor/kernel/testing'\nimport 'vitest'",
  'plugins/b/src/index.ts': "import './contract.ts'",
  'plugins/b/src/contract.ts': "import '@waqtor/kernel'",
  'plugins/b/src/inside.ts': '',
  'sdk/node/src/index.ts': '',
  'dashboard/src/index.ts': "import '@waqtor/sdk'",
  'bench/src/index.ts': "import '@waqtor/plugin-a'",
}

/** One broken file for each way of breaking a rule. */
const violations: readonly (readonly [rule: string, file: string, code: string])[] = [
  ['no-unresolved-import', 'plugins/a/src/lost.ts', "import './nowhere.ts'"],
  ['no-cycle', 'plugins/a/src/contract.ts', "import './index.ts'"],
  ['kernel-stands-alone', 'kernel/src/hono.ts', "import 'hono'"],
  ['kernel-tests-stand-alone', 'kernel/src/plugin.test.ts', "import '../../plugins/a/src/index.ts'"],
  ['contracts-know-the-kernel-only', 'plugins/contracts/src/plugin.ts', "import '@waqtor/plugin-a'"],
  ['libraries-know-no-plugin', 'plugins/sqlite-engine/src/plugin.ts', "import '@waqtor/plugin-a/contract'"],
  ['plugins-meet-at-contracts', 'plugins/a/src/whole.ts', "import '@waqtor/plugin-b'"],
  ['plugins-meet-at-contracts', 'plugins/a/src/type.ts', "import type { B } from '@waqtor/plugin-b'"],
  ['tests-use-front-doors', 'plugins/a/src/back-door.test.ts', "import '../../b/src/inside.ts'"],
  ['plugins-know-no-host', 'plugins/a/src/host.ts', "import '@waqtor/host'"],
  ['host-knows-no-plugin', 'host/src/plugin.ts', "import '@waqtor/plugin-a/contract'"],
  ['sdk-stands-alone', 'sdk/node/src/kernel.ts', "import type { Z } from '@waqtor/kernel'"],
  ['dashboard-talks-through-the-sdk', 'dashboard/src/plugin.ts', "import '@waqtor/plugin-a/contract'"],
  ['nothing-builds-on-bench-or-examples', 'host/src/bench.ts', "import '@waqtor/bench'"],
  ['contracts-are-browser-safe', 'plugins/b/src/contract.ts', "import '@waqtor/kernel'\nimport 'node:crypto'"],
  ['contracts-are-browser-safe', 'plugins/b/src/contract.ts', "import '@waqtor/kernel'\nimport './inside.ts'"],
  ['templates-render-anywhere', 'plugins/message-template/src/index.ts', "import 'node:crypto'"],
  ['tests-are-not-shipped', 'plugins/a/src/kit.ts', "import '@waqtor/kernel/testing'"],
  ['packages-are-imported-by-name', 'plugins/a/src/path.ts', "import '../../contracts/src/index.ts'"],
  ['dependencies-are-declared', 'plugins/a/src/undeclared.ts', "import 'hono'"],
  ['shipped-code-uses-shipped-dependencies', 'plugins/a/src/dev.ts', "import 'vitest'"],
]

const house = realpathSync(mkdtempSync(join(tmpdir(), 'waqtor-boundaries-')))

function put(file: string, content: string): void {
  mkdirSync(dirname(join(house, file)), { recursive: true })
  writeFileSync(join(house, file), content)
}

function broken(): readonly string[] {
  const folders = ['kernel', 'host', 'plugins', 'sdk', 'dashboard', 'bench']
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const run = spawnSync(process.execPath, [program, '--config', config, '-T', 'json', ...folders], {
    cwd: house,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const { summary } = JSON.parse(run.stdout)
  return summary.violations.map((it: { from: string; rule: { name: string } }) => `${it.rule.name}: ${it.from}`)
}

describe('the rules of .dependency-cruiser.cjs', () => {
  beforeAll(() => {
    const npm = { zod: '1.0.0', tapable: '1.0.0', vitest: '1.0.0', hono: '1.0.0' }
    for (const name of Object.keys(npm)) {
      put(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
      put(`node_modules/${name}/index.js`, '')
    }
    put('package.json', JSON.stringify({ name: 'house', devDependencies: { vitest: '1.0.0' } }))
    for (const [name, folder] of Object.entries(packages)) {
      const exports = {
        '.': './src/index.ts',
        './contract': './src/contract.ts',
        './testing': './src/testing/index.ts',
      }
      put(`${folder}/package.json`, JSON.stringify({ name, exports, dependencies: { zod: '1', tapable: '1' } }))
      mkdirSync(join(house, 'node_modules/@waqtor'), { recursive: true })
      symlinkSync(join(house, folder), join(house, 'node_modules', name))
    }
    for (const [file, code] of Object.entries(sound)) put(file, code)
  })
  afterAll(() => rmSync(house, { recursive: true, force: true }))

  it('let a sound house pass', () => {
    expect(broken()).toEqual([])
  })

  // Files that are all new break their rules beside each other: a house is looked at once for them.
  const added = violations.filter(([, file]) => !(file in sound))
  const changed = violations.filter(([, file]) => file in sound)

  let together: readonly string[]
  beforeAll(() => {
    for (const [, file, code] of added) put(file, code)
    together = broken()
    for (const [, file] of added) rmSync(join(house, file))
  })

  it.each(added)('%s finds %s', (rule, file) => {
    expect(together).toContain(`${rule}: ${file}`)
  })

  it('find nothing in other files', () => {
    const files = added.map(([, file]) => file)
    expect(together.filter((it) => !files.some((file) => it.endsWith(`: ${file}`)))).toEqual([])
  })

  it.each(changed)('%s finds %s', (rule, file, code) => {
    put(file, code)
    const found = broken()
    put(file, sound[file]!)
    expect(found).toContain(`${rule}: ${file}`)
  })

  it('are all tried here', () => {
    const tried = new Set(violations.map(([rule]) => rule))
    const untried = rules.forbidden.map(({ name }) => name).filter((name) => !tried.has(name))
    expect(untried).toEqual([])
  })
})

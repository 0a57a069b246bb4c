import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publicSurface } from './public-surface.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waqtor-surface-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function surfaceOf(files: Readonly<Record<string, string>>, ...entries: string[]) {
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
  const surface = publicSurface(entries.map((entry) => join(folder, entry)))
  return {
    exported: surface.exported.map((it) => Object.fromEntries(it)),
    mentioned: Object.fromEntries(surface.mentioned),
  }
}

describe('publicSurface', () => {
  it('shows declarations without their comments, sorted by name', () => {
    const { exported } = surfaceOf(
      {
        'index.d.ts':
          '/** Doc. */\nexport interface B {\n  /** Inner. */\n  b: 1;\n}\nexport declare const a: "// no comment";\n',
      },
      'index.d.ts',
    )
    expect(Object.entries(exported[0] ?? {})).toEqual([
      ['B', ['export interface B {\n  b: 1;\n}']],
      ['a', ['export declare const a: "// no comment";']],
    ])
  })

  it('follows names and stars through other files, and keeps every overload', () => {
    const { exported } = surfaceOf(
      {
        'index.d.ts': "export { inner as outer } from './a.ts';\nexport * from './b.js';\nexport { z } from 'zod';\n",
        'a.d.ts': 'export declare function inner(a: 1): 1;\nexport declare function inner(a: 2): 2;\n',
        'b.d.ts': 'export type B = 1;\n',
      },
      'index.d.ts',
    )
    expect(exported).toEqual([
      {
        outer: ['export declare function inner(a: 1): 1;', 'export declare function inner(a: 2): 2;'],
        B: ['export type B = 1;'],
        z: ["export { z } from 'zod'"],
      },
    ])
  })

  it('lists what is mentioned and not exported, wherever it stands', () => {
    const { mentioned } = surfaceOf(
      {
        'index.d.ts':
          "import type { Far } from './far.ts';\ninterface Near { far: Far; }\nexport declare const a: Near;\nexport declare const b: import('./deep.ts').Deep;\n",
        'far.d.ts': 'export interface Far { n: Near; }\ninterface Near { other: 1; }\n',
        'deep.d.ts': 'export type Deep = Promise<string>;\n',
      },
      'index.d.ts',
    )
    expect(mentioned).toEqual({
      Deep: ['export type Deep = Promise<string>;'],
      Far: ['export interface Far { n: Near; }'],
      Near: ['interface Near { far: Far; }', 'interface Near { other: 1; }'],
    })
  })

  it('does not list as mentioned what another entry exports', () => {
    const { mentioned } = surfaceOf(
      {
        'index.d.ts': 'export interface A {}\n',
        'testing.d.ts': "import type { A } from './index.ts';\nexport declare function fake(): A;\n",
      },
      'index.d.ts',
      'testing.d.ts',
    )
    expect(mentioned).toEqual({})
  })

  it('refuses an export that leads nowhere', () => {
    const files = { 'index.d.ts': "export { gone } from './a.ts';\n", 'a.d.ts': 'export {};\n' }
    expect(() => surfaceOf(files, 'index.d.ts')).toThrow("does not export 'gone'")
  })
})

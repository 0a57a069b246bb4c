import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { officialPlugins } from './official-plugins.ts'

const plugins = fileURLToPath(new URL('../../plugins', import.meta.url))

test('F8: every plugin that comes with WaQtor is official, so that safe mode never leaves one of them out', () => {
  const names = globSync('*/src/index.ts', { cwd: plugins }).flatMap((it) => {
    const source = readFileSync(`${plugins}/${it}`, 'utf8')
    return [...source.matchAll(/export default definePlugin\(\{\s*name: '([a-z0-9-]+)'/g)].map((match) => match[1]!)
  })
  expect(names.length).toBeGreaterThan(15)
  expect(names.filter((it) => !officialPlugins.has(it))).toEqual([])
})

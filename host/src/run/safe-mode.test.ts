import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { HostInfo } from '@waqtor/contracts'
import { definePlugin, defineService, z } from '@waqtor/kernel'
import { expect, test } from 'vitest'
import { officialPlugins } from '../official-plugins.ts'
import { safeSet } from './safe-mode.ts'

const Store = defineService<object>('store')
const Door = defineService<object>('door')
const config = z.object({})
const entry = (name: string, spec: { provides?: (typeof Store)[]; requires?: Record<string, typeof Store> } = {}) =>
  definePlugin({ name, config, ...spec, setup() {} })()
const official = new Set(['store', 'http', 'rest', 'campaigns'])
const names = (entries: readonly { spec: { name: string } }[]) => entries.map((it) => it.spec.name)

test('F8: every plugin that comes with WaQtor stays in safe mode', () => {
  const root = join(import.meta.dirname, '../../..')
  const names = globSync('plugins/*/package.json', { cwd: root }).flatMap((manifest) => {
    const { name } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as { name: string }
    return name.startsWith('@waqtor/plugin-') && existsSync(join(root, dirname(manifest), 'src/index.ts'))
      ? [basename(dirname(manifest))]
      : []
  })
  expect(names).toEqual(expect.arrayContaining(['contacts', 'campaigns', 'transport-simulator']))
  // It runs plugins of others, under their names.
  const ours = names.filter((it) => it !== 'classic')
  expect(ours.filter((it) => !officialPlugins.has(it))).toEqual([])
})

test('others are left out, and official plugins stay', () => {
  const set = safeSet(
    [entry('store', { provides: [Store] }), entry('theirs'), entry('http', { requires: { host: HostInfo } })],
    official,
  )
  expect(names(set.entries)).toEqual(['store', 'http'])
  expect(set).toMatchObject({ left: ['theirs'], stranded: [] })
})

test('an official plugin that stands on one of the others goes with it, and what stands on that', () => {
  const set = safeSet(
    [
      entry('their-store', { provides: [Store] }),
      entry('rest', { requires: { door: Door } }),
      entry('http', { requires: { store: Store }, provides: [Door] }),
      entry('campaigns'),
    ],
    official,
  )
  expect(names(set.entries)).toEqual(['campaigns'])
  expect(set).toMatchObject({ left: ['their-store'], stranded: ['rest', 'http'] })
})

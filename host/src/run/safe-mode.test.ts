import { HostInfo } from '@waqtor/contracts'
import { definePlugin, defineService, z } from '@waqtor/kernel'
import { expect, test } from 'vitest'
import { safeSet } from './safe-mode.ts'

const Store = defineService<object>('store')
const Door = defineService<object>('door')
const config = z.object({})
const entry = (name: string, spec: { provides?: (typeof Store)[]; requires?: Record<string, typeof Store> } = {}) =>
  definePlugin({ name, config, ...spec, setup() {} })()
const official = new Set(['store', 'http', 'rest', 'campaigns'])
const names = (entries: readonly { spec: { name: string } }[]) => entries.map((it) => it.spec.name)

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

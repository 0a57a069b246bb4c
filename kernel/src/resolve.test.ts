import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { definePlugin, defineService, type PluginEntry, resolve, type ServiceToken, z } from './index.ts'

interface Wish {
  readonly name: string
  readonly provides?: readonly string[]
  readonly requires?: readonly string[]
  readonly optional?: readonly string[]
  readonly kernel?: string
}

function entry({ name, provides = [], requires = [], optional = [], kernel = '*' }: Wish): PluginEntry {
  const tokens = (ids: readonly string[]): Record<string, ServiceToken<unknown>> =>
    Object.fromEntries(ids.map((id) => [id, defineService<unknown>(id)]))
  return definePlugin({
    name,
    kernel,
    config: z.object({}),
    provides: Object.values(tokens(provides)),
    requires: tokens(requires),
    optional: tokens(optional),
    setup() {},
  })()
}

const names = (wishes: readonly Wish[]) => resolve(wishes.map(entry)).order.map((it) => it.name)
const problems = (wishes: readonly Wish[]) =>
  resolve(wishes.map(entry)).problems.map(({ code, plugin, message }) => `${code} ${plugin}: ${message}`)

describe('the order of start', () => {
  it('puts providers before those who need them, and otherwise follows the config', () => {
    expect(
      names([
        { name: 'campaigns', requires: ['messaging', 'database'] },
        { name: 'first' },
        { name: 'messages', provides: ['messaging'], requires: ['database'] },
        { name: 'last' },
        { name: 'sqlite', provides: ['database'] },
      ]),
    ).toEqual(['sqlite', 'messages', 'campaigns', 'first', 'last'])
  })

  it('counts an optional service as a need where somebody provides it, and forgets it where nobody does', () => {
    const host = { name: 'host', optional: ['clock', 'mail'] }
    expect(names([host, { name: 'clock', provides: ['clock'] }])).toEqual(['clock', 'host'])
    const { order, problems: found } = resolve([host, { name: 'clock', provides: ['clock'] }].map(entry))
    expect(order.at(-1)?.needs).toEqual(['clock'])
    expect(found).toEqual([])
  })

  it('F5: is right and always the same for any graph without a circle', () => {
    fc.assert(
      fc.property(graphs(), (wishes) => {
        const order = names(wishes)
        expect(order).toEqual(names(wishes))
        expect([...order].sort()).toEqual(wishes.map((it) => it.name).sort())
        for (const { name, requires, optional } of wishes) {
          for (const need of [...requires, ...optional]) {
            expect(order.indexOf(need.replace('service-', 'plugin-'))).toBeLessThan(order.indexOf(name))
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('leaves alone what needs nothing of what was moved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (count) => {
        const loners = Array.from({ length: count }, (_, i) => ({ name: `plugin-${i}` }))
        expect(names(loners)).toEqual(loners.map((it) => it.name))
      }),
    )
  })
})

describe('problems', () => {
  it('F5: are told all at once, each with who, what and what to do', () => {
    const wishes = [
      { name: 'twice' },
      { name: 'twice' },
      { name: 'old', kernel: '^7' },
      { name: 'lonely', requires: ['database', 'clock'] },
      { name: 'left', provides: ['left'], requires: ['right'] },
      { name: 'right', provides: ['right', 'mail'], requires: ['left'] },
      { name: 'rival', provides: ['mail'] },
    ]
    expect(problems(wishes).sort()).toEqual([
      'WAQ_CYCLE left: the plugins need each other in a circle: left → right → left',
      'WAQ_KERNEL_RANGE old: the plugin is made for kernel ^7, this is 1.0.0',
      'WAQ_PLUGIN_DUPLICATE twice: the plugin is declared twice',
      "WAQ_SERVICE_DUPLICATE rival: the service 'mail' is provided by plugin 'right' already",
      "WAQ_SERVICE_MISSING lonely: the service 'clock' is needed, and no plugin provides it",
      "WAQ_SERVICE_MISSING lonely: the service 'database' is needed, and no plugin provides it",
    ])
    for (const { fix } of resolve(wishes.map(entry)).problems) expect(fix).toMatch(/^[A-Z].+\.$/)
  })

  it('F5: name every plugin of a circle, however long it is and wherever it is entered', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 11 }), (length, turn) => {
        const ring = Array.from({ length }, (_, i) => ({
          name: `plugin-${i}`,
          provides: [`service-${i}`],
          requires: [`service-${(i + 1) % length}`],
        }))
        const from = turn % length
        const entries = [{ name: 'door', requires: ['service-0'] }, ...ring.slice(from), ...ring.slice(0, from)]
        const circle = [...ring.map((it) => it.name), 'plugin-0'].join(' → ')
        expect(problems(entries)).toEqual([`WAQ_CYCLE plugin-0: the plugins need each other in a circle: ${circle}`])
      }),
    )
  })

  it('tell circles apart that have nothing to do with each other', () => {
    const pair = (a: string, b: string) => [
      { name: a, provides: [a], requires: [b] },
      { name: b, provides: [b], requires: [a] },
    ]
    expect(problems([...pair('a', 'b'), ...pair('c', 'd')])).toHaveLength(2)
  })

  it('are found in any graph: one for each missing service, none that is not there', () => {
    fc.assert(
      fc.property(graphs(), fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 5 }), (wishes, gone) => {
        const left = wishes.filter((_, i) => !gone.includes(i))
        const there = new Set<string>(left.flatMap((it) => it.provides))
        const missing = left.flatMap((it) =>
          it.requires.filter((need) => !there.has(need)).map((need) => [it.name, need]),
        )
        const found = resolve(left.map(entry)).problems
        expect(found.every((it) => it.code === 'WAQ_SERVICE_MISSING')).toBe(true)
        expect(found.map((it) => [it.plugin, /'(.+?)'/.exec(it.message)?.[1]])).toEqual(missing)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the range of kernels that a plugin is made for', () => {
  const fits = (kernel: string, version: string) =>
    resolve([entry({ name: 'it', kernel })], version).problems.length === 0

  it.each([
    ['*', '1.0.0', true],
    ['^1', '1.0.0', true],
    ['^1', '1.9.3', true],
    ['^1', '2.0.0', false],
    ['^1', '11.0.0', false],
    ['^2', '1.9.0', false],
    ['>=1', '1.0.0', false],
    ['1', '1.0.0', false],
  ])('%s on %s: %s', (range, version, expected) => {
    expect(fits(range, version)).toBe(expected)
  })
})

/** Plugins that each provide a service and need only services of plugins with a smaller number, in any order. */
function graphs() {
  return fc
    .integer({ min: 1, max: 30 })
    .chain((count) =>
      fc.tuple(
        ...Array.from({ length: count }, (_, i) =>
          fc.record({
            name: fc.constant(`plugin-${i}`),
            provides: fc.constant([`service-${i}`]),
            requires: i === 0 ? fc.constant<string[]>([]) : services(i),
            optional: i === 0 ? fc.constant<string[]>([]) : services(i),
          }),
        ),
      ),
    )
    .chain((wishes) => fc.shuffledSubarray(wishes, { minLength: wishes.length }))
}

function services(below: number) {
  return fc.uniqueArray(
    fc.nat({ max: below - 1 }).map((it) => `service-${it}`),
    { maxLength: 4 },
  )
}

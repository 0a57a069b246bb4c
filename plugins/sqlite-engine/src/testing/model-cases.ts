import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ContractCase } from './database-contract.ts'
import { openItems } from './support.ts'

type Step =
  | { readonly type: 'put'; readonly key: string; readonly value: number }
  | { readonly type: 'add'; readonly key: string; readonly value: number }
  | { readonly type: 'remove'; readonly key: string }
  | { readonly type: 'insert'; readonly key: string; readonly value: number }
  | { readonly type: 'wait' }
  | { readonly type: 'throw' }

const key = fc.constantFrom('a', 'b', 'c')
const value = fc.integer({ min: 0, max: 9 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key, value }),
  fc.record({ type: fc.constant('add' as const), key, value }),
  fc.record({ type: fc.constant('insert' as const), key, value }),
  fc.record({ type: fc.constant('remove' as const), key }),
  fc.record({ type: fc.constant('wait' as const) }),
  fc.record({ type: fc.constant('throw' as const) }),
)
/** Writes that are asked for at once; then the next lot. */
const lots = fc.array(fc.array(fc.array(step, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), { maxLength: 4 })

/** What one write does to the rows; nothing when it throws. */
function applyToModel(
  rows: ReadonlyMap<string, number>,
  steps: readonly Step[],
): ReadonlyMap<string, number> | undefined {
  const next = new Map(rows)
  for (const it of steps) {
    if (it.type === 'throw' || (it.type === 'insert' && next.has(it.key))) return undefined
    if (it.type === 'put' || it.type === 'insert') next.set(it.key, it.value)
    if (it.type === 'add' && next.has(it.key)) next.set(it.key, next.get(it.key)! + it.value)
    if (it.type === 'remove') next.delete(it.key)
  }
  return next
}

export const modelCases: readonly ContractCase[] = [
  {
    name: 'does to the rows what the same writes do one by one, whichever of them throw',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const write = (steps: readonly Step[]) =>
        file.write(async (tx) => {
          for (const it of steps) {
            if (it.type === 'throw') throw new Error('as planned')
            if (it.type === 'wait') await new Promise((resolve) => setImmediate(resolve))
            if (it.type === 'put') await tx.run('insert or replace into items values (?, ?)', [it.key, it.value])
            if (it.type === 'insert') await tx.db.insertInto('items').values({ key: it.key, value: it.value }).execute()
            if (it.type === 'add') await tx.run('update items set value = value + ? where key = ?', [it.value, it.key])
            if (it.type === 'remove') await tx.db.deleteFrom('items').where('key', '=', it.key).execute()
          }
        })

      await fc.assert(
        fc.asyncProperty(lots, async (plan) => {
          await file.write((tx) => tx.run('delete from items'))
          let model: ReadonlyMap<string, number> = new Map()
          for (const lot of plan) {
            const results = await Promise.allSettled(lot.map(write))
            for (const [i, steps] of lot.entries()) {
              const next = applyToModel(model, steps)
              assert.equal(results[i]?.status, next ? 'fulfilled' : 'rejected')
              model = next ?? model
            }
            const rows = await file.all<{ key: string; value: number }>('select key, value from items')
            assert.deepEqual(new Map(rows.map((it) => [it.key, it.value])), model)
          }
        }),
        { numRuns: 150 },
      )
    },
  },
]

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Door, runMatrix } from './matrix.ts'
import { allDoors } from './matrix-doors.ts'
import { makeKeys } from './matrix-keys.ts'
import { startMatrixStock } from './matrix-stock.ts'
import type { Stock } from './stock.ts'

let stock: Stock
let doors: readonly Door[]

beforeAll(async () => {
  stock = await startMatrixStock()
  doors = await allDoors(stock)
})
afterAll(() => stock[Symbol.asyncDispose]())

describe('D9: every command, event, channel and file at every door', () => {
  it('opens to the keys that hold the permission, on the accounts that they reach, and to nobody else', async () => {
    const keys = await makeKeys(stock, doors)
    const { cells, allowed, wrong } = await runMatrix(doors, keys)
    console.log(`${cells} cells, ${allowed} of them allowed, ${keys.length} keys`)
    expect(wrong.slice(0, 50).join('\n')).toBe('')
    expect(allowed).toBeGreaterThan(1_000)
    expect(cells - allowed).toBeGreaterThan(10_000)
  }, 400_000)

  it('opens a file to who handed it in and to administrators, and to nobody else', async () => {
    const [mine, other] = [await stock.key(['files:*']), await stock.key(['files:*'])]
    const given = await stock.ask('/files?filename=a.txt', { method: 'POST', key: mine, body: 'mine' })
    const take = async (key: string) => (await stock.ask(`/files/${given.body.fileId}`, { key })).status
    expect([await take(mine), await take(stock.admin), await take(other)]).toEqual([200, 200, 404])
  })
})

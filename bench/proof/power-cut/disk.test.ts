import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chance } from '../kit/chance.ts'
import { afterPowerCut } from './disk.ts'

const record = (what: string, file: number, offset: number, bytes: string | Buffer = '') => {
  const body = Buffer.from(bytes)
  const head = Buffer.alloc(17)
  head.writeUInt8(what.charCodeAt(0), 0)
  head.writeUInt32LE(file, 1)
  head.writeBigUInt64LE(BigInt(offset), 5)
  head.writeUInt32LE(body.length, 13)
  return Buffer.concat([head, body])
}
const cut = (records: readonly Buffer[], seed: number, start: Readonly<Record<string, string>> = {}) => {
  const files = Object.entries(start).map(([path, text]) => [path, Buffer.from(text)] as const)
  return afterPowerCut(new Map(files), Buffer.concat(records), chance(seed))
}
const seeds = fc.integer({ min: 1, max: 1_000_000 })

it('what was synced is there after every cut', () => {
  const records = [record('O', 1, 0, '/d/a'), record('W', 1, 0, 'synced'), record('S', 1, 0), record('W', 1, 0, 'SYN')]
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(['synced', 'SYNced']).toContain(cut(records, seed, { '/d/a': 'older' }).get('/d/a')?.toString())
    }),
  )
})

it('what was not synced is there after some cuts, lost after others, and torn at sectors after others again', () => {
  const records = [record('O', 1, 0, '/d/a'), record('W', 1, 0, Buffer.alloc(1_024, 'x'))]
  const start = { '/d/a': '.'.repeat(1_024) }
  const seen = new Set(Array.from({ length: 200 }, (_, i) => String(cut(records, i + 1, start).get('/d/a'))))
  const sector = (of: string) => of.repeat(512)
  expect(seen).toEqual(
    new Set([
      sector('.') + sector('.'),
      sector('x') + sector('.'),
      sector('.') + sector('x'),
      sector('x') + sector('x'),
    ]),
  )
})

it('a name lasts once its directory was synced, and not before', () => {
  const renamed = [
    record('O', 1, 0, '/d/a.new'),
    record('W', 1, 0, 'new'),
    record('S', 1, 0),
    record('R', 0, 0, '/d/a.new\0/d/a'),
  ]
  const synced = [...renamed, record('D', 2, 0, '/d'), record('S', 2, 0)]
  const contents = (records: readonly Buffer[]) =>
    new Set(
      Array.from({ length: 50 }, (_, i) =>
        cut(records, i + 1, { '/d/a': 'old' })
          .get('/d/a')
          ?.toString(),
      ),
    )
  expect(contents(renamed)).toEqual(new Set(['old', 'new']))
  expect(contents(synced)).toEqual(new Set(['new']))
})

it('a record that was cut off by the kill is left out', () => {
  const last = record('W', 1, 0, 'torn')
  const records = [
    record('O', 1, 0, '/d/a'),
    record('W', 1, 0, 'kept'),
    record('S', 1, 0),
    last.subarray(0, last.length - 1),
  ]
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(cut(records, seed, { '/d/a': '' }).get('/d/a')?.toString()).toBe('kept')
    }),
  )
})

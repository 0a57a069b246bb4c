import { Database, type DatabaseFile, EventLog, type Tx } from '@waqtor/contracts'
import { defineEvent, type Envelope, z } from '@waqtor/kernel'
import { type TestKernel, testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import events from './index.ts'

const Happened = defineEvent('test.happened', {
  kind: 'recorded',
  permission: 'test:read',
  scope: 'instance',
  schema: z.object({ n: z.int(), text: z.string().default('x') }),
})
const Other = defineEvent('test.other', {
  kind: 'recorded',
  permission: 'test:read',
  scope: 'instance',
  schema: z.object({}),
})

let test: TestKernel
let log: EventLog
let database: Database
let file: DatabaseFile

beforeEach(async () => {
  test = await testKernel({ plugins: [memory(), events()] })
  log = test.service(EventLog)
  database = test.service(Database)
  file = await database.open('shop')
  await log.attach('shop')
})
afterEach(() => test.kernel.close())

const numbers = (items: readonly Envelope[]) => items.map((it) => (it.data as { n: number }).n)
const record = (...values: number[]) =>
  file.write((tx) =>
    log.recordAll(
      tx,
      Happened,
      values.map((n) => ({ n })),
    ),
  )

describe('recording', () => {
  it('stores the event and fires it on the bus, the same envelope in both places', async () => {
    await file.write((tx) => log.record(tx, Happened, { n: 1 }))
    const { items } = await log.page({ instance: 'shop' })
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/),
        type: 'test.happened',
        instance: 'shop',
        time: expect.stringMatching(/Z$/),
        sequence: 1,
        data: { n: 1, text: 'x' },
      },
    ])
    expect(test.events).toEqual(items)
  })

  it('counts on by one in each log, whoever writes and in whatever bulk', async () => {
    await record(1)
    await record(2, 3, 4)
    await file.write(async (tx) => {
      await log.record(tx, Other, {})
      await log.recordAll(tx, Happened, [{ n: 5 }, { n: 6 }])
      await log.record(tx, Happened, { n: 7 })
    })
    const { items } = await log.page({ instance: 'shop' })
    expect(items.map((it) => it.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(numbers(items.filter((it) => it.type === Happened.id))).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(test.events).toEqual(items)
    expect((await log.page({ instance: null })).items).toEqual([])
  })

  it('keeps any text and number as it was, in bulk and alone', async () => {
    const texts = ['', 'مرحبا "you" \\ \n\u0000 \u2028 😀', '\ud800 lone', `${'long '.repeat(5_000)}`, '{"a":1}']
    const data = texts.map((text, n) => ({ n: n - 2 ** 53 + 1 + n, text }))
    await file.write((tx) => log.recordAll(tx, Happened, data))
    await file.write(async (tx) => {
      for (const it of data) await log.record(tx, Happened, it)
    })
    const { items } = await log.page({ instance: 'shop' })
    expect(items.map((it) => it.data)).toEqual([...data, ...data])
  })

  it('leaves no trace of a transaction that failed: no row, no sequence, no event', async () => {
    const failing = file.write(async (tx) => {
      await log.record(tx, Happened, { n: 1 })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await record(2)
    expect((await log.page({ instance: 'shop' })).items).toEqual([expect.objectContaining({ sequence: 1 })])
    expect(numbers(test.events)).toEqual([2])
  })

  it('refuses data that the schema of the event refuses, and the transaction with it', async () => {
    await expect(record(1.5)).rejects.toMatchObject({ code: 'WAQ_EVENT_INVALID' })
    await expect(file.write((tx) => log.record(tx, Happened, { n: 'x' } as never))).rejects.toThrow('test.happened')
    expect((await log.page({ instance: 'shop' })).items).toEqual([])
  })

  it('records nothing for an empty list', async () => {
    await record()
    expect(test.events).toEqual([])
  })

  it('learns of a log from what is recorded there', async () => {
    const other = await database.open('garage')
    await expect(log.page({ instance: 'garage' })).rejects.toMatchObject({ code: 'WAQ_INSTANCE_UNKNOWN', status: 404 })
    await other.write((tx) => log.record(tx, Happened, { n: 1 }))
    expect(numbers((await log.page({ instance: 'garage' })).items)).toEqual([1])
  })
})

describe('pages', () => {
  it('go through the log without a gap or a repeat, and on when more has come', async () => {
    await record(1, 2, 3, 4, 5)
    const first = await log.page({ instance: 'shop', limit: 3 })
    expect(first).toMatchObject({ more: true })
    const second = await log.page({ instance: 'shop', limit: 3, after: first.nextCursor })
    expect(second).toMatchObject({ more: false })
    expect(numbers([...first.items, ...second.items])).toEqual([1, 2, 3, 4, 5])

    const idle = await log.page({ instance: 'shop', after: second.nextCursor })
    expect(idle).toEqual({ items: [], nextCursor: second.nextCursor, more: false })
    await record(6)
    expect(numbers((await log.page({ instance: 'shop', after: idle.nextCursor })).items)).toEqual([6])
  })

  it('take a bare sequence as well', async () => {
    await record(1, 2, 3)
    expect(numbers((await log.page({ instance: 'shop', after: '2' })).items)).toEqual([3])
    expect(numbers((await log.page({ instance: 'shop', after: '0' })).items)).toEqual([1, 2, 3])
  })

  it('hold only the types that were asked for, and never more than 500', async () => {
    await record(...Array.from({ length: 501 }, (_, n) => n))
    await file.write((tx) => log.record(tx, Other, {}))
    expect((await log.page({ instance: 'shop', types: [Other.id] })).items).toEqual([
      expect.objectContaining({ sequence: 502 }),
    ])
    expect((await log.page({ instance: 'shop', types: [] })).items).toEqual([])
    expect((await log.page({ instance: 'shop', limit: 10_000 })).items).toHaveLength(500)
  })

  it('find a rare type behind a long stretch of others, page after page', async () => {
    await record(...Array.from({ length: 25_000 }, (_, n) => n))
    await file.write((tx) => log.record(tx, Other, {}))
    const first = await log.page({ instance: 'shop', types: [Other.id] })
    expect(first).toMatchObject({ items: [], more: true })
    const second = await log.page({ instance: 'shop', types: [Other.id], after: first.nextCursor })
    expect(second).toMatchObject({ items: [{ sequence: 25_001 }], more: false })
  })
})

describe('cursors of a log that is not the same any more', () => {
  const expired = { code: 'WAQ_CURSOR_EXPIRED', status: 410 }

  it('expire when the log was replaced', async () => {
    await record(1, 2)
    const { nextCursor } = await log.page({ instance: 'shop' })
    await log.detach('shop')
    await database.remove('shop')
    file = await database.open('shop')
    await log.attach('shop')
    await record(1, 2, 3)
    await expect(log.page({ instance: 'shop', after: nextCursor })).rejects.toMatchObject(expired)
  })

  it('expire when they lie behind the end, or where another event stands now', async () => {
    await record(1, 2, 3)
    const { nextCursor } = await log.page({ instance: 'shop' })
    // A backup that was made after the first event, put back.
    await file.write((tx) => tx.run('DELETE FROM events WHERE sequence > 1'))
    await expect(log.page({ instance: 'shop', after: nextCursor })).rejects.toMatchObject(expired)
    await expect(log.page({ instance: 'shop', after: '3' })).rejects.toMatchObject(expired)
    await record(12, 13, 14)
    await expect(log.page({ instance: 'shop', after: nextCursor })).rejects.toMatchObject(expired)
    await expect(log.page({ instance: 'shop', after: 'what' })).rejects.toMatchObject({ code: 'WAQ_CURSOR_INVALID' })
  })
})

describe('a durable reader', () => {
  const taken = (tx: Tx) => tx.run('INSERT INTO taken VALUES (1)')

  it('gets every event of every log in order, those before it and those after', async () => {
    await record(1, 2)
    const seen = new Map<string, number[]>()
    let arrived = Promise.withResolvers<void>()
    const undo = log.read({
      name: 'copy',
      types: [Happened.id],
      async handle(_, name, items) {
        seen.set(name, [...(seen.get(name) ?? []), ...numbers(items)])
        if ([...seen.values()].flat().length >= 5) arrived.resolve()
      },
    })
    await record(3)
    const host = await database.open('host')
    await host.write((tx) => log.recordAll(tx, Happened, [{ n: 10 }, { n: 11 }]))
    await arrived.promise
    expect([...seen.keys()].map((it) => it.split(':')[0]).sort()).toEqual(['host', 'shop'])
    expect([...seen.values()].sort((a, b) => a.length - b.length)).toEqual([
      [10, 11],
      [1, 2, 3],
    ])

    await undo()
    arrived = Promise.withResolvers()
    await record(4)
    const again = log.read({
      name: 'copy',
      async handle(_, __, items) {
        arrived.resolve()
        expect(numbers(items)).toEqual([4])
      },
    })
    await arrived.promise
    await again()
  })

  it('commits what it writes and its cursor together, or neither', async () => {
    await database.migrate('test', 'host', [{ name: '001', statements: ['CREATE TABLE taken (n INTEGER) STRICT'] }])
    const host = await database.open('host')
    const tried: number[][] = []
    const pausing = Promise.withResolvers<void>()
    log.read({
      name: 'fragile',
      async handle(tx, _, items) {
        await taken(tx)
        tried.push(numbers(items))
        if (tried.length === 1) {
          pausing.resolve()
          throw new Error('not today')
        }
      },
    })
    await record(1)
    await pausing.promise
    // Deleting waits for the readers: what failed comes again and nothing is skipped.
    await log.detach('shop')
    expect(tried).toEqual([[1], [1]])
    expect(await host.all('SELECT n FROM taken')).toEqual([{ n: 1 }])
    expect(test.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: "reader 'fragile' failed; the same events come again" }),
    )
  })

  it('has a name of its own', () => {
    const reader = { name: 'one', handle: async () => {} }
    log.read(reader)
    expect(() => log.read(reader)).toThrow(/'one' already/)
  })

  it('goes on under a new identity when its log was put back to an earlier day', async () => {
    const seen: string[] = []
    const took = new Map<number, () => void>()
    const until = (n: number) => new Promise<void>((resolve) => took.set(n, resolve))
    const reader = {
      name: 'copy',
      async handle(_: Tx, name: string, items: readonly Envelope[]) {
        seen.push(...items.map((it) => `${name} ${numbers([it])}`))
        for (const n of numbers(items)) took.get(n)?.()
      },
    }
    const third = until(3)
    const undo = log.read(reader)
    await record(1, 2, 3)
    await third
    await undo()
    await log.detach('shop', { force: true })
    const host = await database.open('host')
    const [{ id } = { id: '' }] = await file.all<{ id: string }>('SELECT id FROM event_log')
    await host.write((tx) => tx.run("INSERT INTO event_readers VALUES ('slow', 'shop', ?, 1, 0)", [id]))
    await file.write((tx) => tx.run('DELETE FROM events WHERE sequence > 2'))

    await log.attach('shop')
    const fourth = until(4)
    log.read(reader)
    await record(4)
    await fourth
    expect(seen.map((it) => it.split(' ')[1])).toEqual(['1', '2', '3', '4'])
    expect(new Set(seen.map((it) => it.split(' ')[0])).size).toBe(2)
    expect(await host.all("SELECT sequence FROM event_readers WHERE reader = 'slow'")).toEqual([{ sequence: 1 }])
  })

  it('holds up the end of a log until it has taken everything, unless it is forced', async () => {
    log.read({ name: 'stuck', handle: () => Promise.reject(new Error('stuck')) })
    await record(1)
    await expect(log.detach('shop', { timeoutMs: 1 })).rejects.toMatchObject({ code: 'WAQ_CONFLICT' })
    expect(numbers((await log.page({ instance: 'shop' })).items)).toEqual([1])
    await log.detach('shop', { force: true })
    await expect(log.page({ instance: 'shop' })).rejects.toMatchObject({ code: 'WAQ_INSTANCE_UNKNOWN' })
    await log.detach('shop')
  })
})

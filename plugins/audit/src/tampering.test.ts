import type { SqlValue } from '@waqtor/contracts'
import { createKey } from '@waqtor/plugin-auth/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashOf } from './chain.ts'
import { auditHead } from './contract.ts'
import { type AuditTest, byMona, dropTriggers, startAudit } from './fixtures/start-audit.ts'

type Row = Record<string, SqlValue> & { seq: number }

const columns =
  'seq time call_id action phase attempt principal role credential via address instance target code prev_hash hash'.split(
    ' ',
  )

async function written(it: AuditTest, actions: number): Promise<Row[]> {
  for (let i = 0; i < actions; i++)
    await it.test.run(createKey, { name: `key ${i}`, permissions: ['keys:read'] }, byMona)
  await it.list()
  return it.file.all<Row>('SELECT * FROM audit_log ORDER BY seq')
}

/** Puts other rows in place of those that are there, as if those had been written. */
async function replace(it: AuditTest, rows: readonly Row[], everWritten: number): Promise<void> {
  await it.file.write(async (tx) => {
    await tx.run('DELETE FROM audit_log')
    const sql = `INSERT INTO audit_log (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
    for (const row of rows)
      await tx.run(
        sql,
        columns.map((it) => row[it]!),
      )
    await tx.run("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit_log'", [everWritten])
  })
}

const renumbered = (rows: readonly Row[]) => rows.map((row, index) => ({ ...row, seq: index + 1 }))

describe('D14: the chain', () => {
  it('is whole when nobody touched it, from any row that was noted', async () => {
    await using it = await startAudit()
    const rows = await written(it, 6)
    expect(await it.verify()).toMatchObject({ ok: true, rows: rows.length, head: { seq: rows.length }, broken: null })
    for (const { seq, hash } of rows) {
      const answer = await it.verify({ seq, hash: String(hash) })
      expect(answer).toMatchObject({ ok: true, rows: rows.length - seq + 1 })
    }
    expect(await it.test.run(auditHead, {})).toMatchObject({ seq: rows.length, hash: rows.at(-1)!.hash })
  })

  it('finds every edit, removal, insertion and change of order', async () => {
    await using it = await startAudit()
    const rows = await written(it, 8)
    await dropTriggers(it.file)
    const n = rows.length
    const place = fc.nat(n - 1)
    const edit = fc.record({
      at: place,
      column: fc.constantFrom(...columns.slice(1)),
      value: fc.string({ maxLength: 5 }),
    })
    const tampering = fc.oneof(
      edit.map(({ at, column, value }) => {
        const numeric = column === 'time' || column === 'attempt'
        const other: SqlValue = column === 'phase' ? 'failed' : numeric ? value.length + 1 : `${value}!`
        const first = rows[at]![column] === other ? rows.findIndex((row) => row[column] !== other) : at
        return { first, rows: rows.map((row, index) => (index === first ? { ...row, [column]: other } : row)) }
      }),
      fc.tuple(place, fc.integer({ min: 1, max: n })).map(([at, count]) => ({
        first: at,
        rows: rows.filter((_, index) => index < at || index >= at + count),
      })),
      fc.tuple(place, fc.integer({ min: 1, max: n })).map(([at, count]) => ({
        first: at,
        rows: renumbered(rows.filter((_, index) => index < at || index >= at + count)),
      })),
      fc
        .tuple(place, place)
        .filter(([a, b]) => a !== b)
        .map(([a, b]) => {
          const swapped = [...rows]
          swapped[a] = rows[b]!
          swapped[b] = rows[a]!
          return { first: Math.min(a, b), rows: renumbered(swapped) }
        }),
      fc.tuple(place, place).map(([at, copied]) => ({
        first: at,
        rows: renumbered([...rows.slice(0, at), { ...rows[copied]!, principal: 'somebody else' }, ...rows.slice(at)]),
      })),
    )
    await fc.assert(
      fc.asyncProperty(tampering, async ({ first, rows: changed }) => {
        await replace(it, changed, Math.max(n, changed.length))
        const { ok, broken, head, rows: good } = await it.verify()
        expect([ok, head]).toEqual([false, null])
        expect(good).toBe(first)
        expect(broken!.seq).toBe(first + 1)
      }),
      { numRuns: 150 },
    )
    await replace(it, rows, n)
    expect((await it.verify()).ok).toBe(true)
  })

  it('finds that the end was cut off, also when it has gone on since', async () => {
    await using it = await startAudit()
    const rows = await written(it, 3)
    await dropTriggers(it.file)
    await it.file.write((tx) => tx.run('DELETE FROM audit_log WHERE seq > 4'))
    expect(await it.verify()).toMatchObject({
      ok: false,
      rows: 4,
      broken: { seq: 5, reason: 'rows at the end are missing' },
    })
    await written(it, 3)
    expect(await it.verify()).toMatchObject({ ok: false, rows: 4, broken: { seq: 5, reason: 'row 5 is missing' } })
    expect((await it.list())[0]!.seq).toBe(rows.length + 5)
  })

  it('finds a log that was written anew, with hashes that fit, by a head that was noted elsewhere', async () => {
    await using it = await startAudit()
    const rows = await written(it, 3)
    const noted = await it.test.run(auditHead, {})
    await dropTriggers(it.file)
    let prev = String(rows[0]!.prev_hash)
    const forged = rows.map((row) => {
      const facts = { ...row, principal: 'somebody else', callId: row.call_id } as never
      const hash = hashOf(row.seq, facts, prev)
      const next = { ...row, principal: 'somebody else', prev_hash: prev, hash }
      prev = hash
      return next
    })
    await replace(it, forged, forged.length)
    expect((await it.verify()).ok).toBe(true)
    const { seq, hash } = noted
    expect(await it.verify({ seq, hash })).toMatchObject({
      ok: false,
      broken: { seq, reason: 'it is another row than the one that was noted' },
    })
    await replace(it, forged.slice(0, 2), 2)
    expect(await it.verify({ seq, hash })).toMatchObject({
      broken: { seq, reason: 'the row that was noted is missing' },
    })
    await replace(it, [{ ...forged[0]!, code: 'x' }, ...forged.slice(1)], forged.length)
    expect(await it.verify({ seq: 1, hash })).toMatchObject({
      broken: { seq: 1, reason: 'it was changed after it was written' },
    })
  })

  it('is walked in pieces, and can be given up', async () => {
    await using it = await startAudit()
    const rows = await written(it, 1)
    const many: Row[] = []
    let prev = String(rows[0]!.prev_hash)
    for (let seq = 1; seq <= 1_200; seq++) {
      const facts = { ...rows[0]!, callId: rows[0]!.call_id } as never
      const hash = hashOf(seq, facts, prev)
      many.push({ ...rows[0]!, seq, prev_hash: prev, hash })
      prev = hash
    }
    await dropTriggers(it.file)
    await replace(it, many, many.length)
    expect(await it.verify()).toMatchObject({ ok: true, rows: 1_200 })
    const gone = AbortSignal.abort()
    await expect(
      it.test.kernel.commands.execute('audit.verify', {}, { ...byMona, signal: gone }),
    ).rejects.toMatchObject({ code: 'WAQ_ABORTED' })
  })

  it('asks for both of what was noted, or neither', async () => {
    await using it = await startAudit()
    const answer = await it.ask('/audit/verify?seq=1', { key: (await it.key(['audit:read'])).key })
    expect(answer.status).toBe(400)
  })
})

describe('the table', () => {
  it.each([
    ["UPDATE audit_log SET principal = 'x' WHERE seq = 1"],
    ['DELETE FROM audit_log WHERE seq = 1'],
    [
      `INSERT OR REPLACE INTO audit_log (seq, time, action, phase, target, prev_hash, hash) VALUES (1, 1, 'x', 'done', '{}', '', '')`,
    ],
    [
      `INSERT INTO audit_log (seq, time, action, phase, target, prev_hash, hash) VALUES (-1, 1, 'x', 'done', '{}', '', '')`,
    ],
  ])('refuses: %s', async (sql) => {
    await using it = await startAudit()
    await written(it, 1)
    await expect(it.file.write((tx) => tx.run(sql))).rejects.toThrow(/append-only/)
    expect((await it.verify()).ok).toBe(true)
  })
})

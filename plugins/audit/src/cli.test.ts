import { testCli } from '@waqtor/contracts/testing'
import { createKey } from '@waqtor/plugin-auth/contract'
import { describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { type AuditTest, byMona, dropTriggers, startAudit } from './fixtures/start-audit.ts'

/** What `waqtor audit …` says and answers, run against a real registry. */
async function audit(it: AuditTest, argv: readonly string[], json = false) {
  const { io, printed, noted } = testCli(it.test.kernel, { json, dataDirectory: it.directory })
  return { exit: await run(argv, io), printed, noted }
}

describe('waqtor audit', () => {
  it('lists who did what, newest first, a line each', async () => {
    await using it = await startAudit()
    for (const name of ['a', 'b\nc']) await it.test.run(createKey, { name, permissions: ['keys:read'] }, byMona)
    await it.test.run(createKey, { permissions: [] }, { ...byMona, principal: null }).catch(() => {})
    const { exit, printed } = await audit(it, ['list'])
    expect(exit).toBe(0)
    expect(printed).toHaveLength(3)
    expect(printed[0]).toMatch(
      /^\d+ {2}\S+Z {2}somebody {2}keys\.create {2}refused \(WAQ_UNAUTHENTICATED\) {2}rest 203\.0\.113\.1$/,
    )
    expect(printed[1]).toContain('usr_mona  keys.create {"name":"b\\\\u000ac"')
    expect(printed[1]).toContain('done  rest 203.0.113.1')
  })

  it('lists what was asked for', async () => {
    await using it = await startAudit()
    for (let i = 0; i < 4; i++) await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    const count = async (...argv: string[]) => (await audit(it, ['list', ...argv], true)).printed.length
    expect(await count('--limit', '3')).toBe(3)
    expect(await count('--principal', 'usr_mona', '--action', 'keys.*', '--since', '2000-01-01')).toBe(4)
    expect(await count('--until', '2000-01-01T00:00:00Z')).toBe(0)
    expect(await count('--principal', 'usr_omar')).toBe(0)
  })

  it('verifies, and prints what is to be noted', async () => {
    await using it = await startAudit()
    await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    const first = await audit(it, ['verify'])
    expect([first.exit, first.printed]).toEqual([0, [expect.stringMatching(/^2 [0-9a-f]{64}$/)]])
    const [seq, hash] = first.printed[0]!.split(' ')
    await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    const later = await audit(it, ['verify', '--seq', seq!, '--hash', hash!])
    expect([later.exit, later.noted[0]]).toEqual([0, expect.stringContaining('3 rows, each as it was written')])

    await dropTriggers(it.file)
    await it.file.write((tx) => tx.run("UPDATE audit_log SET principal = 'x' WHERE seq = 3"))
    const broken = await audit(it, ['verify'])
    expect([broken.exit, broken.printed, broken.noted[0]]).toEqual([
      1,
      [],
      'The audit log is broken at row 3: it was changed after it was written.',
    ])
    const json = await audit(it, ['verify'], true)
    expect([json.exit, JSON.parse(json.printed[0]!)]).toEqual([1, expect.objectContaining({ ok: false, rows: 2 })])
  })

  it.each([
    [['erase'], "there is no 'audit erase'"],
    [['list', 'x'], "one argument too many: 'x'"],
    [['list', '--since', 'yesterday'], "--since takes a date like 2027-01-31, not 'yesterday'"],
    [['list', '--limit', 'all'], "--limit takes a whole number, not 'all'"],
    [['verify', '--seq', '1'], 'give both, --seq and --hash, or neither'],
    [['verify', '--sequence', '1'], '--sequence'],
  ])('says how %j is written, and does nothing', async (argv, said) => {
    await using it = await startAudit()
    const { exit, printed, noted } = await audit(it, argv)
    expect([exit, printed]).toEqual([2, []])
    expect(noted[0]).toContain(said)
    expect(noted.at(-1)).toContain('waqtor audit verify')
  })
})

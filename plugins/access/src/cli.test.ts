import { UsageError } from '@waqtor/contracts/cli-usage'
import { testCli } from '@waqtor/contracts/testing'
import { describe, expect, it } from 'vitest'
import { hoursOf, run } from './cli.ts'
import { type AccessTest, startAccess } from './fixtures/start-access.ts'

/** What `waqtor access …` says and answers, run against a real registry. */
async function access(it: AccessTest, argv: readonly string[], json = false) {
  const { io, printed, noted } = testCli(it.test.kernel, { json, dataDirectory: it.directory })
  return { exit: await run(argv, io), printed, noted }
}

describe('waqtor access', () => {
  it('makes a code, prints its digits alone on standard output, and they open', async () => {
    await using it = await startAccess()
    const user = it.person('user')
    const { exit, printed, noted } = await access(it, [
      ...['code', 'create', '--feature', 'campaigns', '--feature', 'reports', '--uses', '2', '--life', '12h'],
      ...['--opens', '30d', '--length', '4', '--user', user.id, '--note', 'for Mona'],
    ])
    expect(exit).toBe(0)
    expect(printed).toEqual([expect.stringMatching(/^\d{4}$/)])
    expect(noted[0]).toMatch(/campaigns reports, for usr_user, used 0 of 2, good until .*, opens for 720 h, "for Mona"/)
    expect(await it.enter(user, printed[0]!, {}, 'reports')).toBe('unlocked')
  })

  it('lists and revokes', async () => {
    await using it = await startAccess()
    const made = JSON.parse((await access(it, ['code', 'create', '--all'], true)).printed[0]!)
    expect(made).toMatchObject({ features: 'all', code: expect.stringMatching(/^\d{6}$/) })
    const listed = await access(it, ['code', 'list'])
    expect(listed.printed).toEqual([
      expect.stringMatching(/^cod_\w+ {2}active {2}\(everything, used 0 of 1, .*opens for good\)$/),
    ])
    expect((await access(it, ['code', 'revoke', made.id])).printed[0]).toContain('opens nothing any more')
    expect(JSON.parse((await access(it, ['code', 'revoke', made.id], true)).printed[0]!)).toMatchObject({
      state: 'revoked',
    })
    expect(JSON.parse((await access(it, ['code', 'list'], true)).printed[0]!)).toMatchObject({ id: made.id })
    await expect(access(it, ['code', 'revoke', 'cod_0'])).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('D4: lets somebody try again', async () => {
    await using it = await startAccess()
    const user = it.person('user')
    const { code } = await it.code()
    const from = { address: '203.0.113.1' }
    for (let i = 0; i < 6; i++) await it.enter(user, '908172', from)
    expect(await it.enter(user, code, from)).toBe('WAQ_ACCESS_CODE_REFUSED')
    const cleared = await access(it, ['unlock', user.id, '--address', '203.0.113.1'])
    expect([cleared.exit, cleared.printed]).toEqual([0, ['Codes of usr_user and 203.0.113.1 are looked at again.']])
    expect(await it.enter(user, code, from)).toBe('unlocked')
    expect((await access(it, ['unlock', 'usr_nobody'])).printed).toEqual(['usr_nobody had no wrong codes to forget.'])
    expect((await access(it, ['unlock', 'usr_nobody'], true)).printed).toEqual(['{"cleared":0}'])
  })

  it('shows how it is written', async () => {
    await using it = await startAccess()
    expect((await access(it, [])).printed[0]).toContain('waqtor access code create')
  })

  it.each([
    [['open'], "there is no 'access open'"],
    [['code', 'make'], "there is no 'access code make'"],
    [['code', 'create'], 'say what it opens: --feature <name>, or --all'],
    [['code', 'create', '--all', '--feature', 'a'], 'say what it opens'],
    [['code', 'create', '--all', 'x'], "one argument too many: 'x'"],
    [['code', 'create', '--all', '--length', '5'], "--length is 4 or 6, not '5'"],
    [['code', 'create', '--all', '--uses', '0'], "not '0'"],
    [['code', 'create', '--all', '--life', 'soon'], "--life takes a span like 90m, 12h or 30d, not 'soon'"],
    [['code', 'create', '--al'], '--al'],
    [['code', 'list', 'x'], 'one argument too many'],
    [['code', 'revoke'], 'the id of a code'],
    [['unlock'], 'name a user, an --address, or both'],
    [['unlock', 'a', 'b'], 'one argument too many'],
  ])('says how %j is written, and does nothing', async (argv, said) => {
    await using it = await startAccess()
    const { exit, printed, noted } = await access(it, argv)
    expect([exit, printed]).toEqual([2, []])
    expect(noted[0]).toContain(said)
    expect(noted.at(-1)).toContain('waqtor access unlock')
  })
})

it('spans are read in hours', () => {
  expect(['90m', '12h', '30d'].map((it) => hoursOf('life', it))).toEqual([1.5, 12, 720])
  for (const text of ['', '0h', '12', 'h', '1.5h', '-1d']) expect(() => hoursOf('life', text)).toThrow(UsageError)
})

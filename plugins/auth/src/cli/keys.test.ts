import { testCli } from '@waqtor/contracts/testing'
import { describe, expect, it } from 'vitest'
import { startAuth } from '../fixtures/start-auth.ts'
import { rateOf, run, timeOf } from './keys.ts'

/** What `waqtor keys …` says and answers, run against a real registry. */
async function keys(argv: readonly string[][], json = false) {
  await using auth = await startAuth()
  const { io, printed, noted } = testCli(auth.test.kernel, { json, dataDirectory: auth.dataDirectory })
  const codes: number[] = []
  for (const args of argv) {
    const last = printed.at(-1) ?? ''
    codes.push(
      await run(
        args.map((it) => it.replace('<last id>', json && last ? JSON.parse(last).id : '')),
        io,
      ),
    )
  }
  const accepted = await auth.authentication.authenticate(new Headers({ 'X-API-Key': printed[0] ?? '' }), '::1').then(
    (it) => it,
    () => undefined,
  )
  return { codes, printed, noted, accepted }
}

describe('waqtor keys', () => {
  it('prints a new key alone on standard output, and it opens everything', async () => {
    const { codes, printed, noted, accepted } = await keys([['create', '--name', 'first']])
    expect(codes).toEqual([0])
    expect(printed).toHaveLength(1)
    expect(accepted).toMatchObject({ role: 'admin' })
    expect(noted.join('\n')).toContain("Key 'first' (everything, all instances)")
  })

  it('makes a key with permissions, instances and an end', async () => {
    const { printed, accepted, noted } = await keys([
      ['create', '--permission', 'keys:read', '--permission=keys:write', '--instance', 'shop', '--expires', '30d'],
    ])
    expect(printed[0]).toMatch(/^waq_/)
    expect(accepted).toMatchObject({
      role: 'scoped',
      permissions: new Set(['keys:read', 'keys:write']),
      instances: new Set(['shop']),
    })
    expect(noted[0]).toContain('keys:read keys:write, shop, until 2')
  })

  it('lists keys and ends one', async () => {
    const { codes, printed } = await keys([['create', '--name', 'a', '--expires', '2199-01-31'], ['list']])
    expect(codes).toEqual([0, 0])
    expect(printed.slice(1).join('\n')).toMatch(
      /^\w{26} {2}command line on this machine {2}\(everything, all instances, from the local key file\)\n\w{26} {2}a {2}\(.*until 2199-01-31T00:00:00.000Z\)$/,
    )
  })

  it('speaks JSON, a document a line', async () => {
    const { codes, printed } = await keys([['create', '--name', 'a'], ['revoke', '<last id>'], ['list']], true)
    expect(codes).toEqual([0, 0, 0])
    const [made, revoked, ...listed] = printed.map((it) => JSON.parse(it))
    expect(made).toMatchObject({ name: 'a', key: expect.stringMatching(/^waq_/) })
    expect(revoked).toMatchObject({ id: made.id, revokedAt: expect.any(Number) })
    expect(listed.map((it) => it.name)).toEqual(['command line on this machine', 'a'])
  })

  it.each([
    [[], 'waqtor keys create'],
    [['destroy'], "there is no 'keys destroy'"],
    [['create', '--nmae', 'x'], '--nmae'],
    [['create', 'x'], 'x'],
    [['create', '--expires', 'soon'], "'soon' is neither a span like 30d"],
    [['revoke'], 'name the id of one key'],
    [['revoke', 'a', 'b'], 'name the id of one key'],
    [['list', '--all'], '--all'],
  ])('says how %j is written, and does nothing', async (argv, said) => {
    const { codes, printed, noted } = await keys([argv])
    expect(codes).toEqual([2])
    expect(printed).toEqual([])
    expect(noted.join('\n')).toContain(said)
    expect(noted.at(-1)).toContain('waqtor keys revoke <id>')
  })

  it.each([['--help'], ['help'], ['create', '--help']])('shows its usage when asked with %j', async (...argv) => {
    const { io, printed } = testCli(undefined)
    expect(await run(argv, io)).toBe(0)
    expect(printed).toEqual([expect.stringContaining('waqtor keys create')])
  })

  it('is told as JSON what was written wrong', async () => {
    const { codes, noted } = await keys([['destroy']], true)
    expect(codes).toEqual([2])
    expect(JSON.parse(noted[0]!)).toMatchObject({ error: { code: 'WAQ_USAGE', message: "there is no 'keys destroy'" } })
  })

  it('hands failures of the call on to the host', async () => {
    await expect(keys([['revoke', 'nobody']])).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })
})

describe('the end of a key', () => {
  it.each([
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['1970-01-02', 86_400_000],
    ['1970-01-01T00:00:01Z', 1_000],
  ])('%s is read as %d', (text, time) => {
    expect(timeOf(text, 0)).toBe(time)
  })

  it.each(['', '30', 'd', '1.5h', '-1d', '2027', '2027-13-45', 'tomorrow'])('%j is refused', (text) => {
    expect(() => timeOf(text, 0)).toThrow('neither a span')
  })
})

describe('the rate of a key', () => {
  it.each([
    ['5/20', { perSecond: 5, burst: 20 }],
    ['5', { perSecond: 5, burst: 5 }],
    ['0.5', { perSecond: 0.5, burst: 1 }],
  ])('%s is read as %j', (text, rate) => {
    expect(rateOf(text)).toEqual(rate)
  })

  it.each(['', '0', '5/0', '-1', '5/', 'fast', '5/20/3'])('%j is refused', (text) => {
    expect(() => rateOf(text)).toThrow('--rate takes')
  })

  it('and whether access codes bind it are asked for and told', async () => {
    const { printed, accepted } = await keys([['create', '--gated', '--rate', '5/20'], ['list']])
    expect(accepted).toMatchObject({ role: 'gated' })
    expect(printed.at(-1)).toContain('(everything, all instances, gated, 5 a second, 20 at once)')
  })
})

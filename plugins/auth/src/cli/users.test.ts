import { testCli } from '@waqtor/contracts/testing'
import { describe, expect, it } from 'vitest'
import { password, startAuth } from '../fixtures/start-auth.ts'
import { run } from './users.ts'

/** What `waqtor users …` says and answers, run against a real registry. */
async function users(
  lines: readonly (readonly string[])[],
  { json = false, secrets = [] }: { json?: boolean; secrets?: readonly string[] | null } = {},
) {
  await using auth = await startAuth()
  const codes: number[] = []
  const left = secrets && [...secrets]
  const { io, printed, noted } = testCli(auth.test.kernel, {
    ...(left && { readSecret: async () => left.shift() ?? password }),
    ...{ json, dataDirectory: auth.dataDirectory },
  })
  for (const argv of lines) codes.push(await run(argv, io))
  const signIn = (name: string, tried?: string) =>
    auth.signIn(name, { ...(tried && { password: tried }) }).then(
      () => 'in',
      (error) => error.code,
    )
  const outcomes = [await signIn('mona'), await signIn('mona', 'four other words in a row')]
  return { codes, printed, noted, outcomes }
}

describe('waqtor users', () => {
  it('makes a user who can sign in, and lists it', async () => {
    const { codes, printed, outcomes } = await users([
      ['create', 'mona', '--role', 'admin', '--display-name', 'Mona Adel', '--email', 'mona@example.org'],
      ['create', 'omar', '--instance', 'shop', '--instance', 'office'],
      ['list'],
    ])
    expect(codes).toEqual([0, 0, 0])
    expect(printed[0]).toBe("User 'mona' (admin, all instances, never signed in) can sign in now.")
    expect(printed.slice(2)).toEqual([
      expect.stringMatching(/^usr_\w{26} {2}mona {2}\(admin, all instances, never signed in\)$/),
      expect.stringMatching(/^usr_\w{26} {2}omar {2}\(user, shop office, never signed in\)$/),
    ])
    expect(outcomes).toEqual(['in', 'WAQ_SIGN_IN_FAILED'])
  })

  it('gives another password, shuts out, lets back in and removes', async () => {
    const root = ['create', 'root', '--role', 'admin']
    const another = await users(
      [
        ['create', 'mona'],
        ['set-password', 'MONA'],
      ],
      {
        secrets: [password, 'four other words in a row'],
      },
    )
    expect(another.outcomes).toEqual(['WAQ_SIGN_IN_FAILED', 'in'])
    const off = await users([root, ['create', 'mona'], ['disable', 'mona'], ['list']])
    expect(off.outcomes[0]).toBe('WAQ_SIGN_IN_FAILED')
    expect(off.printed.at(-1)).toMatch(/mona {2}\(user, all instances, disabled \d{4}-.*never signed in\)/)
    const on = await users([
      ['create', 'mona'],
      ['disable', 'mona'],
      ['enable', 'mona'],
      ['unlock', 'mona'],
    ])
    expect(on.printed.slice(1)).toEqual([
      "'mona' is signed out and cannot sign in any more.",
      "'mona' can sign in.",
      "'mona' may try again at once.",
    ])
    expect(on.outcomes[0]).toBe('in')
    const gone = await users([['create', 'mona'], ['delete', 'mona'], ['list']])
    expect(gone.printed.slice(1)).toEqual(["User 'mona' is gone."])
  })

  it('speaks JSON, a document a line', async () => {
    const { printed } = await users([['create', 'mona'], ['disable', 'mona'], ['list']], { json: true })
    const [made, disabled, listed] = printed.map((line) => JSON.parse(line))
    expect(made).toMatchObject({ name: 'mona', role: 'user', disabledAt: null })
    expect(disabled).toMatchObject({ id: made.id, disabledAt: expect.any(Number) })
    expect(listed).toEqual(disabled)
  })

  it.each([
    [[], 'waqtor users create'],
    [['help'], 'waqtor users create'],
  ])('shows how it is written after %j', async (argv, text) => {
    const { codes, printed } = await users([argv])
    expect([codes, printed.join('\n')]).toEqual([[0], expect.stringContaining(text)])
  })

  it.each([
    [['destroy'], "there is no 'users destroy'"],
    [['create'], 'the name of the user is missing'],
    [['create', 'mona', 'omar'], "one argument too many: 'omar'"],
    [['create', 'mona', '--role', 'boss'], "--role takes admin, user or viewer, not 'boss'"],
    [['list', 'x'], "one argument too many: 'x'"],
    [['disable', 'nobody'], "there is no user 'nobody'; there is none yet"],
    [['set-password'], 'the name of the user is missing'],
  ])('says what is wrong with %j', async (argv, said) => {
    const { codes, printed, noted } = await users([argv])
    expect([codes, printed]).toEqual([[2], []])
    expect(noted.join('\n')).toContain(said)
    expect(noted.at(-1)).toContain('waqtor users set-password')
  })

  it('names the users that there are, when it finds none of a name', async () => {
    const { noted } = await users([
      ['create', 'mona'],
      ['enable', 'moan'],
    ])
    expect(noted[0]).toBe("there is no user 'moan'; there are: mona")
  })

  it('does nothing without a password', async () => {
    expect((await users([['create', 'mona']], { secrets: [''] })).noted[0]).toContain('a password is needed')
    expect((await users([['create', 'mona']], { secrets: null })).noted[0]).toContain('nobody can be asked')
  })
})

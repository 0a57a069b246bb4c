import { Database } from '@waqtor/contracts'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { AvatarChosen, revokeKey, setPassword, updateUser, usersActivity } from '@waqtor/plugin-auth/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Browser, password, type SignInTest, startSignIn } from './fixtures/start-sign-in.ts'

const setupTokenOf = ({ test }: SignInTest) =>
  test.lines.map((line) => /the token ([0-9a-f]+) makes/.exec(line.message)?.[1]).find((token) => token !== undefined)!

afterEach(() => void vi.useRealTimers())

/** A browser's stream of the host's events. */
async function follow(it: SignInTest, { cookies }: Browser) {
  const stop = new AbortController()
  const headers = { cookie: `waqtor_session=${cookies.get('waqtor_session')}` }
  const response = await fetch(`${it.origin}/api/v2/events/stream?instance=host`, { headers, signal: stop.signal })
  const reader = response.body!.getReader()
  await reader.read()
  return {
    /** Reads until there is this text in it. */
    async until(text: string): Promise<string> {
      let seen = ''
      while (!seen.includes(text)) {
        const { done, value } = await reader.read()
        if (done) throw new Error('the stream has ended')
        seen += Buffer.from(value).toString()
      }
      return seen
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await reader.closed.catch(() => {})
    },
  }
}

describe('signing in by browser', () => {
  it('gives a cookie, and no token that a script could read', async () => {
    await using it = await startSignIn()
    const id = await it.user('mona')
    const browser = it.browser()
    const { status, headers, body, text } = await browser.login('mona')
    expect([status, body.user.id]).toEqual([200, id])
    expect(text).not.toContain('waqs_')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^waqtor_session=waqs_\w+; Max-Age=25919\d\d; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect((await browser.ask('/profile')).body).toMatchObject({ user: { id } })
    const [session] = (await browser.ask('/profile/sessions', { headers: { 'user-agent': 'x' } })).body.items
    expect(session).toMatchObject({ address: '127.0.0.1', current: true, userAgent: expect.any(String) })
  })

  it('tells a page who is signed in before it shows anything', async () => {
    await using it = await startSignIn()
    await it.user('mona', { role: 'viewer' })
    const browser = it.browser()
    expect((await browser.ask('/auth/session')).body).toEqual({ me: null, setupNeeded: false })
    await browser.login('mona')
    expect((await browser.ask('/auth/session')).body).toMatchObject({ me: { user: { role: 'viewer' } } })
    expect((await browser.ask('/auth/session', { method: 'HEAD' })).status).toBe(200)
    expect((await browser.ask('/users')).status).toBe(403)
    expect((await browser.ask('/auth/setup')).body).toEqual({ needed: false, openUntil: null })
  })

  it('still works with the cookie of a session that is over', async () => {
    await using it = await startSignIn()
    const id = await it.user('mona')
    const browser = it.browser()
    await browser.login('mona')
    await it.test.run(setPassword, { id, password: 'four other words in a row' })
    expect((await browser.ask('/profile')).status).toBe(401)
    expect((await browser.ask('/auth/session')).body.me).toBeNull()
    expect((await browser.ask('/auth/logout', { method: 'POST' })).status).toBe(204)
    browser.cookies.set('waqtor_session', 'waqs_nonsense')
    expect((await browser.login('mona', 'four other words in a row')).status).toBe(200)
    expect((await browser.ask('/profile')).status).toBe(200)
  })

  it('ends with the sign-out, for the server and for the browser', async () => {
    await using it = await startSignIn()
    await it.user('mona')
    const browser = it.browser()
    await browser.login('mona')
    const stolen = browser.cookies.get('waqtor_session')!
    const answer = await browser.ask('/auth/logout', { method: 'POST', body: {} })
    expect([answer.status, answer.text, browser.cookies.size]).toEqual([204, '', 0])
    browser.cookies.set('waqtor_session', stolen)
    expect((await browser.ask('/profile')).status).toBe(401)
    const headers = { authorization: `Bearer ${stolen}` }
    expect((await it.browser().ask('/profile', { headers })).body).toMatchObject({ code: 'unauthenticated' })
  })

  it('makes the first administrator, who is signed in then, and 404 from there on', async () => {
    await using it = await startSignIn()
    const browser = it.browser()
    expect((await browser.ask('/auth/session')).body).toEqual({ me: null, setupNeeded: true })
    const body = { token: setupTokenOf(it), name: 'mona', password }
    const wrong = await browser.ask('/auth/setup', { method: 'POST', body: { ...body, token: 'x' } })
    expect([wrong.status, wrong.body.code]).toEqual([403, 'setup_token_wrong'])
    const made = await browser.ask('/auth/setup', { method: 'POST', body })
    expect([made.status, made.body.user.role, made.text.includes('waqs_')]).toEqual([201, 'admin', false])
    expect((await browser.ask('/users')).body.items).toHaveLength(1)
    const again = await browser.ask('/auth/setup', { method: 'POST', body })
    expect([again.status, again.body.code]).toEqual([404, 'setup_closed'])
  })

  it('is for programs, too: by the same command, with a token', async () => {
    await using it = await startSignIn()
    const id = await it.user('mona')
    const body = { name: 'mona', password }
    const { body: made } = await it.browser().ask('/commands/auth.login', { method: 'POST', body })
    const headers = { authorization: `Bearer ${made.token}` }
    expect((await it.browser().ask('/profile', { headers })).body.user.id).toBe(id)
  })

  it('gives way to a key that comes along, right or wrong', async () => {
    await using it = await startSignIn()
    await it.user('mona', { role: 'viewer' })
    const { key, id } = await it.key()
    const browser = it.browser()
    await browser.login('mona')
    expect((await browser.ask('/users', { headers: { 'x-api-key': key } })).status).toBe(200)
    const asKey = await browser.ask('/profile', { headers: { 'x-api-key': key } })
    expect(asKey.body.code).toBe('not_a_user')
    expect((await browser.ask('/profile', { headers: { 'x-api-key': `${key}0` } })).status).toBe(401)
    await it.test.run(revokeKey, { id })
    expect((await browser.ask('/profile', { headers: { 'x-api-key': key } })).status).toBe(401)
    expect((await browser.ask('/profile')).status).toBe(200)
  })

  it('answers what is wrong as a problem document', async () => {
    await using it = await startSignIn()
    await it.user('mona')
    const post = (path: string, body?: unknown, headers = {}) =>
      it.browser().ask(path, { method: 'POST', body, headers })
    const answers = [
      await post('/auth/login', { name: 'mona', password: 'wrong' }),
      await post('/auth/login', '[1]'),
      await post('/auth/login', '{"name":'),
      await post('/auth/login', { name: 'mona' }),
      await post('/auth/login', { name: 'mona', password, admin: true }),
      await post('/auth/login', `{"name":"mona","password":"${password}","__proto__":{"admin":true}}`),
      await post('/auth/login', { name: 'x'.repeat(20_000), password }),
      await post('/auth/login', undefined),
      await post('/auth/nothing', {}),
      await post('/auth/constructor', {}),
      await it.browser().ask('/auth/login'),
      await it.browser().ask('/auth/session', { method: 'DELETE' }),
    ]
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [401, 'sign_in_failed'],
      [400, 'json_invalid'],
      [400, 'json_invalid'],
      [400, 'input_invalid'],
      [400, 'input_invalid'],
      [400, 'input_invalid'],
      [413, 'body_too_large'],
      [400, 'input_invalid'],
      [404, 'route_unknown'],
      [404, 'route_unknown'],
      [405, 'method_not_allowed'],
      [405, 'method_not_allowed'],
    ])
    expect(answers[10]!.headers.get('allow')).toBe('POST')
    for (const { headers, text } of answers) {
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(headers.getSetCookie()).toEqual([])
      expect(text).not.toContain(password)
    }
  })

  it('keeps the picture that somebody chose', async () => {
    await using it = await startSignIn()
    await it.user('mona')
    const browser = it.browser()
    await browser.login('mona')
    const { status } = await browser.ask('/profile', { method: 'PATCH', body: { avatarFileId: 'file-1' } })
    expect([status, it.kept]).toEqual([200, ['file-1']])
    expect(it.test.events.map(({ type }) => type)).toContain(AvatarChosen.id)
  })

  it('stands in the log of events', async () => {
    await using it = await startSignIn()
    const id = await it.user('mona')
    await it.browser().login('mona')
    await it.browser().login('mona', 'wrong')
    const file = await it.test.service(Database).open('host')
    const rows = await file.all<{ type: string; data: string }>('SELECT type, data FROM events ORDER BY sequence')
    expect(rows.map(({ type }) => type)).toEqual(['user.created', 'auth.signed-in', 'auth.sign-in-failed'])
    expect(JSON.parse(rows[1]!.data)).toMatchObject({ userId: id, address: '127.0.0.1', known: true })
  })

  it('D4: behind a trusted proxy, a stranger who guesses is locked out, and nobody else', async () => {
    await using it = await startSignIn({ http: { trustedProxies: ['loopback'] } })
    await it.user('mona')
    const body = (password: string) => ({ name: 'mona', password })
    const login = (address: string, password: string) =>
      it.browser().ask('/auth/login', {
        ...{ method: 'POST', body: body(password), headers: { 'x-forwarded-for': `127.0.0.1, ${address}` } },
      })
    expect((await login('198.51.100.1', password)).status).toBe(200)
    const tries: number[] = []
    for (let i = 0; i < 7; i++) tries.push((await login('203.0.113.7', `guess ${i}`)).status)
    expect(tries).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect((await login('198.51.100.1', password)).status).toBe(200)
    expect((await login('203.0.113.7', password)).status).toBe(429)
    const history = await it.test.run(usersActivity, {})
    expect(new Set(history.items.map(({ address }) => address))).toEqual(new Set([null, '198.51.100.1', '203.0.113.7']))
  })

  it('is gone with the plugin, and nothing is left behind, however often it comes and goes', async () => {
    await using it = await startSignIn()
    await it.user('mona')
    const entries = it.test.kernel.inspect().plugins.length
    expect(entries).toBeGreaterThan(0)
    // As if its code had changed.
    const restart = () =>
      it.test.reload((entry) => (entry.spec.name === 'sign-in' ? { ...entry, spec: { ...entry.spec } } : entry))
    const look = async () => {
      expect(await restart()).toEqual(['sign-in'])
      const browser = it.browser()
      expect((await browser.login('mona')).status).toBe(200)
      await browser.ask('/auth/logout', { method: 'POST' })
      return () => snapshot(it.test.kernel)
    }
    await look()
    const before = (await look())()
    // The connections of this very client are kept in the same process, and are as many as it likes.
    const left = async () => leftBehind(before, await look(), { ignoring: ['TCPSocketWrap'] })
    for (let i = 0; i < 10; i++) expect(await left()).toEqual([])
  })
})

describe('D10: what was revoked', () => {
  it('opens nothing from the next request on: a key, a session, a user', async () => {
    await using it = await startSignIn()
    await it.user('root', { role: 'admin' })
    const id = await it.user('mona')
    const { key, id: keyId } = await it.key()
    const headers = { 'x-api-key': key }
    const [here, there] = [it.browser(), it.browser()]
    await here.login('mona')
    await there.login('mona')
    expect((await it.browser().ask('/keys', { headers })).status).toBe(200)
    await it.test.run(revokeKey, { id: keyId })
    expect((await it.browser().ask('/keys', { headers })).status).toBe(401)

    const session = (await there.ask('/profile/sessions')).body.items.find((one: { current: boolean }) => one.current)
    expect((await here.ask(`/profile/sessions/${session.id}`, { method: 'DELETE' })).status).toBe(204)
    expect([(await there.ask('/profile')).status, (await here.ask('/profile')).status]).toEqual([401, 200])
    await it.test.run(updateUser, { id, disabled: true })
    expect((await here.ask('/profile')).status).toBe(401)
  })

  it('is cut off from streams that are open: the one session, and not its sisters', async () => {
    await using it = await startSignIn()
    const id = await it.user('root', { role: 'admin' })
    const [here, there] = [it.browser(), it.browser()]
    await here.login('root')
    await there.login('root')
    await using cut = await follow(it, here)
    await using left = await follow(it, there)
    await here.ask('/auth/logout', { method: 'POST' })
    await expect(cut.until('never')).rejects.toThrow()
    await it.test.run(updateUser, { id, displayName: 'Root' })
    expect(await left.until('user.updated')).toContain(id)
  })

  it('is not seen any more on streams that are open, once a role was changed', async () => {
    await using it = await startSignIn()
    await it.user('root', { role: 'admin' })
    const id = await it.user('mona', { role: 'admin' })
    const browser = it.browser()
    await browser.login('mona')
    // The heart of the streams beats when the test says so.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const beat = () => void vi.advanceTimersByTime(15_000)
    await using stream = await follow(it, browser)
    await stream.until(await it.user('seen'))
    await it.test.run(updateUser, { id, role: 'user' })
    beat()
    await stream.until(':\n\n')
    // Somebody reads on, so what comes is put before the gate as it comes.
    const reading = stream.until(':\n\n')
    const told = Promise.withResolvers<void>()
    it.test.kernel.events.onAny(({ id }) => void (id === 'user.created' && told.resolve()))
    await it.user('hidden')
    await told.promise
    beat()
    expect(await reading).toBe(':\n\n')
  })
})

describe('D8: a key', () => {
  it('or the token of a session does not belong into a URL', async () => {
    await using it = await startSignIn()
    await it.user('mona')
    const { key } = await it.key()
    const browser = it.browser()
    await browser.login('mona')
    const token = browser.cookies.get('waqtor_session')!
    for (const path of [`/keys?api_key=${key}`, `/keys?x=${key}`, `/profile?t=${token}`, `/profile/${token}`])
      expect((await it.browser().ask(path)).body).toMatchObject({ status: 400, code: 'key_in_url' })
  })

  it('with a rate limit of its own gets 429 by it, while others go on', async () => {
    await using it = await startSignIn()
    const slow = await it.key({ rateLimit: { perSecond: 0.001, burst: 3 } })
    const fast = await it.key()
    const ask = async ({ key }: { key: string }) => it.browser().ask('/keys', { headers: { 'x-api-key': key } })
    const answers = []
    for (let i = 0; i < 5; i++) answers.push(await ask(slow))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429])
    expect(Number(answers[3]!.headers.get('retry-after'))).toBeGreaterThan(0)
    for (let i = 0; i < 5; i++) expect((await ask(fast)).status).toBe(200)
  })
})

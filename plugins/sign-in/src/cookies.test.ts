import { parseSetCookie } from 'cookie'
import { describe, expect, it } from 'vitest'
import { cookiesFor, cookiesGone } from './cookies.ts'
import { startSignIn } from './fixtures/start-sign-in.ts'
import { cameByHttps, isLoopback } from './way.ts'

const own = { httpOnly: true, sameSite: 'strict', path: '/' }

describe('D12: the cookie of a session', () => {
  it('is HttpOnly, SameSite=Strict and, where the page came by https, Secure and __Host-', () => {
    const [secure, old] = cookiesFor('token', 60, { https: true }).map((it) => parseSetCookie(it))
    expect(secure).toEqual({ ...own, name: '__Host-waqtor', value: 'token', secure: true, maxAge: 60 })
    expect(old).toMatchObject({ name: 'waqtor_session', value: '', maxAge: 0 })
    const plain = cookiesFor('token', 60, { https: false }).map((it) => parseSetCookie(it))
    expect(plain).toEqual([{ ...own, name: 'waqtor_session', value: 'token', maxAge: 60 }])
  })

  it('has no Domain, so that no other host gets it', () => {
    for (const https of [true, false])
      for (const it of [...cookiesFor('t', 1, { https }), ...cookiesGone({ https })]) expect(it).not.toMatch(/domain/i)
  })

  it('goes under both names, with the attributes that it came with', () => {
    const gone = (https: boolean) => cookiesGone({ https }).map((it) => parseSetCookie(it))
    expect(gone(true).map(({ name, value, secure, maxAge }) => [name, value, secure, maxAge])).toEqual([
      ['waqtor_session', '', true, 0],
      ['__Host-waqtor', '', true, 0],
    ])
    expect(gone(false).map(({ name }) => name)).toEqual(['waqtor_session'])
  })

  it.each([
    [{ host: 'waqtor.example.org', origin: 'https://waqtor.example.org' }, false, true],
    [{ host: 'waqtor.example.org:8443', origin: 'https://WAQTOR.example.org:8443' }, false, true],
    [{ host: 'waqtor.example.org', origin: 'https://evil.example' }, false, false],
    [{ host: 'waqtor.example.org', origin: 'http://waqtor.example.org' }, false, false],
    [{ host: 'waqtor.example.org', origin: 'null' }, false, false],
    [{ host: 'waqtor.example.org', 'x-forwarded-proto': 'https' }, false, false],
    [{ host: 'waqtor.example.org' }, true, true],
    [{ host: 'waqtor.example.org', origin: 'http://waqtor.example.org' }, true, true],
    [{}, false, false],
  ])('by %j, and by the word of a trusted proxy: %j, came by https: %j', (headers, told, https) => {
    expect(cameByHttps({ headers: new Headers(headers as Record<string, string>), https: told })).toBe(https)
  })

  it('over the wire: by Origin, by a trusted proxy, and not by a header that anybody can write', async () => {
    const names = async (trustedProxies: string[], headersFor: (origin: string) => Record<string, string>) => {
      await using it = await startSignIn({ http: { trustedProxies } })
      await it.user('mona')
      const headers = { 'content-type': 'application/json', ...headersFor(it.origin) }
      const body = JSON.stringify({ name: 'mona', password: 'four words in a row' })
      const answer = await fetch(`${it.origin}/api/v2/auth/login`, { method: 'POST', body, headers })
      return answer.headers.getSetCookie().map((cookie) => parseSetCookie(cookie).name)
    }
    const forwarded = () => ({ 'x-forwarded-proto': 'https' })
    expect(await names([], (origin) => ({ origin: origin.replace('http:', 'https:') }))).toContain('__Host-waqtor')
    expect(await names(['loopback'], forwarded)).toContain('__Host-waqtor')
    expect(await names([], forwarded)).toEqual(['waqtor_session'])
    expect(await names(['192.0.2.1'], forwarded)).toEqual(['waqtor_session'])
  })

  it('is given for JSON alone: a form of another site has no such type', async () => {
    await using it = await startSignIn()
    await it.user('mona')
    const body = JSON.stringify({ name: 'mona', password: 'four words in a row' })
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json']
    for (const type of [...types, 'application/json; charset=utf-16', 'application/jsonp']) {
      const answer = await it.browser().ask('/auth/login', { method: 'POST', body, headers: { 'content-type': type } })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([415, []])
    }
    const headers = { 'content-type': 'application/json; charset=UTF-8' }
    expect((await it.browser().ask('/auth/login', { method: 'POST', body, headers })).status).toBe(200)
  })

  it('counts nothing where a neighbour planted another beside it', async () => {
    await using it = await startSignIn()
    await it.user('mona')
    await it.user('mallory')
    const [mona, mallory] = [it.browser(), it.browser()]
    await mona.login('mona')
    await mallory.login('mallory')
    const cookie = `waqtor_session=${mallory.cookies.get('waqtor_session')}; __Host-waqtor=${mona.cookies.get('waqtor_session')}`
    expect((await it.browser().ask('/profile', { headers: { cookie } })).body.user.name).toBe('mona')
  })
})

describe('an address', () => {
  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['192.168.1.2', false],
    ['::ffff:10.0.0.1', false],
    ['127.evil', false],
  ])('%s is on this machine: %j', (address, is) => {
    expect(isLoopback(address)).toBe(is)
  })
})

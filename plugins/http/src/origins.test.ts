import { describe, expect, it } from 'vitest'
import { admin, type HttpTest, oneKey, sendRaw, startHttp } from './fixtures/start-http.ts'
import { isOrigin } from './origins.ts'

const LISTED = 'https://dash.example.org'
const config = { origins: [LISTED, 'http://lan.example.org:5173'], allowedHosts: ['waqtor.example.org'] }
const cookie = {
  ...oneKey,
  authenticate: async (headers: { get(name: string): string | null }) => (headers.get('cookie') ? admin : null),
}

const isAllowed = ({ http }: HttpTest, headers: Record<string, string>, https = false) =>
  http.isAllowedOrigin({ headers: new Headers(headers), https })

/** Near misses of what is listed, and of the server's own address. */
const foreign = (own: string) => [
  'null',
  '',
  'https://evil.example.org',
  'https://dash.example.org.evil.com',
  'https://evildash.example.org',
  'https://dash.example.org:444',
  'https://dash.example.org:8443',
  'https://dash.example.org:443',
  'http://dash.example.org',
  'http://dash.example.org:443',
  'https://dash.example.org/',
  'https://dash.example.org/x',
  'https://dash.example.org?x',
  'https://dash.example.org#x',
  'https://dash.example.org.',
  'https://DASH.example.org',
  'https://dash.example.org@evil.com',
  'https://evil.com@dash.example.org',
  'https://user:pass@dash.example.org',
  'https://dash.example.org, https://evil.com',
  'https://evil.com, https://dash.example.org',
  'https://dash.example.org https://evil.com',
  'https://sub.dash.example.org',
  'https://example.org',
  'https://dash_example.org',
  'https://dash-example.org',
  'https://dashxexample.org',
  'https://dash.example.com',
  'https://dash.example.orgs',
  '//dash.example.org',
  'dash.example.org',
  'ws://dash.example.org',
  'wss://dash.example.org',
  'ftp://dash.example.org',
  'file://',
  'file:///etc/passwd',
  'data:text/html,x',
  'javascript:alert(1)',
  'chrome-extension://dash.example.org',
  'moz-extension://dash.example.org',
  'http://lan.example.org',
  'http://lan.example.org:5174',
  'https://lan.example.org:5173',
  'http://localhost',
  'http://127.0.0.1',
  'http://127.0.0.1:1',
  `http://127.0.0.2:${own}`,
  `http://127.0.0.1:${own}0`,
  `http://127.0.0.1.evil.com:${own}`,
  `http://127.0.0.1:${own}/`,
  `http://localhost:${own}`,
  'https://xn--dsh-1na.example.org',
  '*',
  'https://*.example.org',
  'true',
]

describe('D12: a foreign origin', () => {
  it('may change nothing, is never told that it may read, and is never repeated', async () => {
    await using it = await startHttp({ config, authentication: cookie })
    let ran = 0
    it.http.mount('/x', () => {
      ran++
      return { status: 200, body: 'secret' }
    })
    const origins = foreign(new URL(it.url).port)
    expect(origins.length).toBeGreaterThanOrEqual(50)
    for (const origin of origins) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const preflight = method === 'OPTIONS' && { 'Access-Control-Request-Method': 'POST' }
        const answer = await fetch(`${it.url}/x`, { method, headers: { Origin: origin, Cookie: 'a=1', ...preflight } })
        expect([origin, method, answer.status]).toEqual([origin, method, 403])
        expect(await answer.json()).toMatchObject({ code: 'origin_not_allowed' })
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      }
      const read = await fetch(`${it.url}/x`, { headers: { Origin: origin } })
      expect([...read.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(isAllowed(it, { Origin: origin, Host: new URL(it.url).host })).toBe(false)
    }
    expect(ran).toBe(origins.length)
  })

  it('is told by a cookie without an origin, where the browser does not say that the page is ours', async () => {
    await using it = await startHttp({ config, authentication: cookie })
    it.http.mount('/x', () => ({ status: 200 }))
    const post = async (headers: Record<string, string>) =>
      (await fetch(`${it.url}/x`, { method: 'POST', headers })).status
    expect(await post({ Cookie: 'a=1' })).toBe(403)
    expect(await post({ Cookie: 'a=1', 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await post({ Cookie: 'a=1', 'Sec-Fetch-Site': 'same-site' })).toBe(403)
    expect(await post({ Cookie: 'a=1', 'Sec-Fetch-Site': 'same-origin' })).toBe(200)
    expect(await post({ Cookie: 'a=1', 'Sec-Fetch-Site': 'none' })).toBe(200)
    expect(await post({})).toBe(200)
    expect((await fetch(`${it.url}/x`, { headers: { Cookie: 'a=1' } })).status).toBe(200)
  })
})

describe('a page of ours', () => {
  it('came by https where a trusted proxy says that the request did: over http, whoever sits on the way may be it', async () => {
    await using it = await startHttp({ config: { allowedHosts: ['waqtor.example.org'], trustedProxies: ['loopback'] } })
    it.http.mount('/x', () => ({ status: 200 }))
    const post = async (scheme: string, proto: string) => {
      const request = `POST /x HTTP/1.1\r\nHost: waqtor.example.org\r\nOrigin: ${scheme}://waqtor.example.org\r\nX-Forwarded-Proto: ${proto}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
      return (await sendRaw(it.url, request)).slice(9, 12)
    }
    expect(await post('http', 'https')).toBe('403')
    expect(await post('https', 'https')).toBe('200')
    expect(await post('http', 'http')).toBe('200')
    // A proxy before that one has the certificate; no script can write this origin.
    expect(await post('https', 'http')).toBe('200')
    expect(isAllowed(it, { Origin: 'http://a.example', Host: 'a.example' }, true)).toBe(false)
    expect(isAllowed(it, { Origin: 'https://a.example', Host: 'a.example' }, true)).toBe(true)
  })

  it('is one of the host that is asked, however a proxy spells it', async () => {
    await using it = await startHttp({ config })
    const { port } = new URL(it.url)
    const allowed = (Origin: string, Host: string) => isAllowed(it, { Origin, Host })
    expect(allowed(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`)).toBe(true)
    expect(allowed('https://waqtor.example.org', 'WAQTOR.example.org')).toBe(true)
    expect(allowed('https://waqtor.example.org', 'waqtor.example.org:443')).toBe(true)
    expect(allowed('http://waqtor.example.org', 'waqtor.example.org:80')).toBe(true)
    expect(allowed('http://waqtor.example.org', 'waqtor.example.org:443')).toBe(false)
    expect(allowed('http://[::1]:8080', '[::1]:8080')).toBe(true)
    expect(isAllowed(it, {})).toBe(true)
    expect(isAllowed(it, { Origin: 'http://a.example' })).toBe(false)
  })

  it('on a listed host may read answers, problems too, and is answered beforehand', async () => {
    await using it = await startHttp({ config, options: { dashboardUrl: 'https://other.example.org/app' } })
    it.http.mount('/x', () => new Response('hello', { headers: { Vary: 'Accept' } }))
    it.http.mount('/y', () => ({ status: 200, headers: { vary: 'Accept' } }))
    for (const Origin of [...config.origins, 'https://other.example.org']) {
      const read = await fetch(`${it.url}/x`, { method: 'POST', headers: { Origin } })
      expect(read.status).toBe(200)
      expect(read.headers.get('access-control-allow-origin')).toBe(Origin)
      expect(read.headers.get('access-control-allow-credentials')).toBe('true')
      expect(read.headers.get('vary')).toBe('Origin, Accept')
      const problem = await fetch(`${it.url}/none`, { headers: { Origin } })
      expect([problem.status, problem.headers.get('access-control-allow-origin')]).toEqual([404, Origin])
      const preflight = await fetch(`${it.url}/none`, {
        method: 'OPTIONS',
        headers: { Origin, 'Access-Control-Request-Method': 'DELETE', 'Access-Control-Request-Headers': 'X-Evil' },
      })
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, Origin])
      expect(preflight.headers.get('access-control-allow-headers')).not.toContain('Evil')
    }
    const without = await fetch(`${it.url}/y`)
    expect([without.headers.get('vary'), without.headers.get('access-control-allow-origin')]).toEqual([
      'Origin, Accept',
      null,
    ])
  })

  it('needs no list: then answers do not depend on it', async () => {
    await using it = await startHttp()
    expect((await fetch(`${it.url}/x`, { headers: { Origin: LISTED } })).headers.get('vary')).toBeNull()
    expect((await fetch(`${it.url}/x`, { method: 'OPTIONS' })).status).toBe(404)
  })
})

describe('the list', () => {
  it.each([
    'https://dash.example.org/',
    'dash.example.org',
    '*',
    'https://*.example.org/',
    'null',
    'HTTPS://A.example',
  ])('takes no %s', async (origin) => {
    await expect(startHttp({ config: { origins: [origin] } })).rejects.toMatchObject({
      problems: [{ code: 'WAQ_CONFIG_INVALID', plugin: 'http' }],
    })
  })

  it('takes no DASHBOARD_URL that is no address of a page', async () => {
    await expect(startHttp({ options: { dashboardUrl: 'dash.example.org' } })).rejects.toThrow('DASHBOARD_URL')
    expect(isOrigin('http://a.example:8080')).toBe(true)
  })
})

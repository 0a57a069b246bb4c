import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlain, targetOf } from './target.ts'

const at = (rest: string) => targetOf(`http://127.0.0.1:8080${rest}`)

describe('the target of a request', () => {
  it('is the path, decoded once, and the query as it came', () => {
    expect(at('/')).toEqual({ path: '/', search: '' })
    expect(at('/api/v2/x?a=%2F&b=c')).toEqual({ path: '/api/v2/x', search: '?a=%2F&b=c' })
    expect(at('/%D9%85?')).toEqual({ path: '/م', search: '?' })
    expect(at('/%2525')).toEqual({ path: '/%25', search: '' })
    expect(at('/...')).toEqual({ path: '/...', search: '' })
  })

  it.each([
    '/a%2fb',
    '/a%5Cb',
    '/a\\b',
    '/%00',
    '/a%0d%0ab',
    '/%zz',
    '/%',
    '/%ff',
    '/a/../b',
    '/a/%2e%2e/b',
    '/..',
    '/a/.',
    '/x#y',
    '/x?y#z',
  ])('is refused as %s, which others might read differently', (rest) => {
    expect(() => at(rest)).toThrow(expect.objectContaining({ code: 'WAQ_REQUEST_INVALID', status: 400 }))
  })

  const key = `waq_${'A'.repeat(26)}_${'0'.repeat(64)}_00000000`
  it.each([
    '/x?api_key=1',
    '/x?a=1&apiKey=1',
    '/x?API-KEY=',
    '/x?x-api-key=1',
    '/x?access_token=1',
    `/x?q=${key}`,
    `/x/${key}`,
    `/x?q=${key.replace('waq', 'waqs')}`,
  ])('is refused with a key in it: %s', (rest) => {
    expect(() => at(rest)).toThrow(expect.objectContaining({ code: 'WAQ_KEY_IN_URL', status: 400 }))
  })

  it('is the same whether it stands there whole or from its path on', () => {
    expect(targetOf('/api/v2/x?a=http://b')).toEqual(at('/api/v2/x?a=http://b'))
    expect(targetOf('//x/y')).toEqual(at('//x/y'))
  })

  it('never leads up, and never has a hidden slash', () => {
    const piece = fc.constantFrom(
      '.',
      '..',
      '%2e',
      '%2E%2e',
      '%252e',
      '/',
      '//',
      '%2f',
      '%252f',
      '\\',
      '%5c',
      '%00',
      'a',
      '%',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const rest = `/${pieces.join('')}`
        let path: string
        try {
          path = at(rest).path
        } catch {
          return
        }
        expect(path.split('/')).not.toContain('..')
        expect(path).not.toMatch(/[\\\0]/)
        expect(path.split('/').length).toBe(rest.split('/').length)
      }),
    )
  })
})

describe('a plain request', () => {
  const plain = (url: string, host: string | undefined = 'localhost') => isPlain({ url, headers: { host } } as never)

  it('is one that the URL parser leaves as it is', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      'a',
      'B',
      '?',
      '#',
      '[',
      '|',
      '<',
      '\\',
      ' ',
      ';',
      "'",
      'ä',
      '\t',
      '@',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = `/${pieces.join('')}`
        if (!plain(path)) return
        const parsed = new URL(`http://localhost${path}`)
        expect(decodeURIComponent(parsed.href)).toBe(`http://localhost${path}`)
        expect(parsed.pathname).toBe(path.split('?')[0])
      }),
    )
    expect(plain('/api/v2/messages?instance=default&limit=5')).toBe(true)
  })

  it.each(['*', 'http://localhost/x', '/a/../b', '/.', '/%41', '/a#b', ''])('is not one for %s', (url) => {
    expect(plain(url)).toBe(false)
  })

  it.each(['', 'LOCALHOST', 'localhost:99999', 'localhost:', '[::1]:8080', 'a b', 'a@b'])(
    'has no Host like %s',
    (host) => {
      expect(plain('/x', host)).toBe(false)
    },
  )
})

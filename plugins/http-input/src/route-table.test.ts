import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RouteTable } from './route-table.ts'

const tableOf = (...routes: readonly (readonly [string, string])[]) => {
  const table = new RouteTable<string>()
  for (const [method, path] of routes) expect(table.add(method, path, `${method} ${path}`)).toBe(true)
  return table
}

describe('the route table', () => {
  const table = tableOf(
    ['GET', '/things/{id}'],
    ['DELETE', '/things/{id}'],
    ['GET', '/things'],
    ['POST', '/things/import'],
    ['GET', '/things/preview'],
    ['GET', '/things/{thing}/parts/{part}'],
    ['GET', '/{area}/all'],
  )

  it.each([
    ['GET', '/things', 'GET /things', {}],
    ['GET', '/things/7', 'GET /things/{id}', { id: '7' }],
    ['GET', '/things/preview', 'GET /things/preview', {}],
    ['GET', '/things/import', 'GET /things/{id}', { id: 'import' }],
    ['POST', '/things/import', 'POST /things/import', {}],
    ['DELETE', '/things/preview', 'DELETE /things/{id}', { id: 'preview' }],
    ['GET', '/things/a b/parts/م', 'GET /things/{thing}/parts/{part}', { thing: 'a b', part: 'م' }],
    ['GET', '/things/all', 'GET /things/{id}', { id: 'all' }],
    ['GET', '/others/all', 'GET /{area}/all', { area: 'others' }],
    ['GET', '/things/__proto__', 'GET /things/{id}', { id: '__proto__' }],
  ])('%s %s leads to %s', (method, path, found, params) => {
    expect(table.match(method, path)).toEqual({ found, params })
  })

  it('says which methods there are where the one asked for is not', () => {
    expect(table.match('PUT', '/things/import')).toEqual({ allow: ['DELETE', 'GET', 'POST'] })
    expect(table.match('POST', '/things')).toEqual({ allow: ['GET'] })
  })

  it.each(['/', '', '/thing', '/things/', '/things//', '/things/1/', '//things', '/things/1/parts', '/THINGS'])(
    'finds nothing at %j',
    (path) => {
      expect(table.match('GET', path)).toBeUndefined()
    },
  )

  it.each(['/a/{b', '/a/x{b}', '/a/{b}.csv', '/a/{}', '/a//b', '/a/', '/a/{1}'])(
    'does not take the path %s',
    (path) => {
      expect(new RouteTable().add('GET', path, 1)).toBe(false)
    },
  )

  it('keeps a place for who came first', () => {
    const places = tableOf(['GET', '/a/{b}'])
    expect(places.add('GET', '/a/{c}', 'second')).toBe(false)
    expect(places.match('GET', '/a/1')).toEqual({ found: 'GET /a/{b}', params: { b: '1' } })
  })

  it('finds every route by a path made from it, and the same ones in any order', () => {
    const segment = fc.constantFrom('a', 'b', '{x}')
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((it) => `/${it.join('/')}`)
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 12 }),
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }),
        (paths, asked) => {
          const one = tableOf(...paths.map((it) => ['GET', it] as const))
          const other = tableOf(...paths.toReversed().map((it) => ['GET', it] as const))
          for (const it of paths) {
            const filled = it.replaceAll('{x}', 'value')
            const match = one.match('GET', filled)
            expect(match).toMatchObject({ found: `GET ${it}` })
          }
          const target = `/${asked.join('/')}`
          expect(one.match('GET', target)).toEqual(other.match('GET', target))
        },
      ),
    )
  })
})

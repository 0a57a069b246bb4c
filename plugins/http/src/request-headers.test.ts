import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RequestHeaders } from './request-headers.ts'

const name = fc.constantFrom('X-Own', 'x-own', 'Authorization', 'authorization', 'Content-Type', 'Accept')
const value = fc.stringMatching(/^[!-~]([ -~]*[!-~])?$/)

describe('the headers of a request', () => {
  it('read as those of the web, whatever came and however often', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (sent) => {
        const headers = new RequestHeaders(sent.flat())
        for (const it of ['x-own', 'X-OWN', 'authorization', 'content-type', 'host'])
          expect(headers.get(it)).toBe(new Headers(sent).get(it))
      }),
    )
  })

  it('join cookies as a browser would have sent them at once', () => {
    expect(new RequestHeaders(['Cookie', 'a=1', 'cookie', 'b=2']).get('cookie')).toBe('a=1; b=2')
  })
})

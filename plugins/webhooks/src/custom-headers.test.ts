import { describe, expect, it } from 'vitest'
import { headerProblem } from './custom-headers.ts'

describe('B5: custom headers', () => {
  it.each([{ 'X-Token': 'abc' }, { Authorization: 'Bearer a.b-c' }, {}])('may be %j', (headers) => {
    expect(headerProblem(headers as Record<string, string>)).toBeUndefined()
  })

  it.each([
    [{ 'X-A': 'a\r\nX-Injected: 1' }],
    [{ 'X-A': 'a\nb' }],
    [{ 'X-A': 'a\u0000' }],
    [{ 'X-A': 'é' }],
    [{ 'X-A\r\nX-B': 'a' }],
    [{ 'X A': 'a' }],
    [{ 'X-A:': 'a' }],
    [{ '': 'a' }],
    [{ Host: '127.0.0.1' }],
    [{ 'content-length': '0' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ connection: 'close' }],
    [{ 'Webhook-Signature': 'v1,x' }],
    [{ 'X-A': '1', 'x-a': '2' }],
    [Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`X-${i}`, 'a']))],
  ])('are never %j', (headers) => {
    expect(headerProblem(headers as Record<string, string>)).toEqual(expect.any(String))
  })
})

import type { HttpRequest } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { inputFrom } from './body.ts'
import { HttpCall } from './http-call.ts'

/** As much of a request as is looked at. */
function request(headers: Readonly<Record<string, string>> = {}): HttpRequest {
  const known = new Headers(headers)
  const seen = { requestId: 'req_1', principal: null, address: '127.0.0.1', signal: AbortSignal.abort() }
  return { ...seen, headers: known } as Partial<HttpRequest> as HttpRequest
}

const json = request({ 'content-type': 'application/json; charset=utf-8' })
const bytes = (text: string) => Buffer.from(text)

describe('inputFrom', () => {
  it('reads an object, with a mark of its encoding in front or without, and nothing as nothing', () => {
    expect(inputFrom(bytes('{"name":"منى"}'), json)).toEqual({ name: 'منى' })
    expect(inputFrom(bytes('\ufeff{"a":1}'), json)).toEqual({ a: 1 })
    expect(inputFrom(bytes(''), request())).toEqual({})
  })

  it.each(['[]', 'null', '"text"', '{'])('refuses what is no object: %s', (text) => {
    expect(() => inputFrom(bytes(text), json)).toThrow(expect.objectContaining({ code: 'WAQ_JSON_INVALID' }))
  })

  it('refuses other types and other encodings', () => {
    const form = request({ 'content-type': 'application/x-www-form-urlencoded' })
    expect(() => inputFrom(bytes('a=1'), form)).toThrow(expect.objectContaining({ status: 415 }))
    expect(() => inputFrom(bytes('{}'), request())).toThrow(expect.objectContaining({ status: 415 }))
    expect(() => inputFrom(Buffer.from('{"a":"\xe4"}', 'latin1'), json)).toThrow(/UTF-8/)
  })
})

describe('a call of a request', () => {
  it('has its id, its caller, its key and its end', () => {
    const http = request({ 'idempotency-key': 'once' })
    const call = new HttpCall(http)
    expect(call).toMatchObject({ id: 'req_1', via: 'rest', address: '127.0.0.1', idempotencyKey: 'once' })
    expect(call.signal.aborted).toBe(true)
    expect(new HttpCall(http, 'another').idempotencyKey).toBe('another')
    expect(new HttpCall(request()).idempotencyKey).toBeUndefined()
  })

  it.each(['', 'a b', 'x'.repeat(256)])('refuses the key %j', (key) => {
    const refused = () => new HttpCall(request({ 'idempotency-key': key }))
    expect(refused).toThrow(expect.objectContaining({ code: 'WAQ_INPUT_INVALID', status: 400 }))
  })
})

import { fail, type Problem } from '@waqtor/contracts'
import { denied, WaqtorError } from '@waqtor/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asError, problemOf } from './problem.ts'

const shown = (thrown: unknown) => {
  const { status, headers, body } = problemOf(asError(thrown), 'req_1')
  return { status, headers, body: JSON.parse(body as string) }
}

describe('a problem document', () => {
  it('tells the caller what was wrong and what to do', () => {
    const error = new WaqtorError('WAQ_INPUT_INVALID', "the input of 'x' is wrong", {
      details: { errors: [{ path: 'text', message: 'is missing' }] },
    })
    expect(shown(error)).toEqual({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:waqtor:error:input_invalid',
        title: 'Input invalid',
        status: 400,
        detail: "the input of 'x' is wrong",
        fix: 'Correct the fields named in `errors`.',
        code: 'input_invalid',
        requestId: 'req_1',
        errors: [{ path: 'text', message: 'is missing' }],
      },
    })
  })

  it('says who must wait, and how long', () => {
    expect(shown(fail('WAQ_RATE_LIMITED', 'x', { retryAfter: 0.2 })).headers).toMatchObject({ 'retry-after': '1' })
    const locked = denied({
      status: 403,
      code: 'feature_locked',
      reason: 'a code',
      details: { feature: 'reports', status: 200 },
    })
    expect(shown(locked).body).toMatchObject({ status: 403, code: 'feature_locked', feature: 'reports' })
  })

  it('is written in another way where the mount has one, with the same status and headers, and tells no more', () => {
    const written = ({ detail, code, requestId, type }: Problem) => ({ ok: false, detail, code, requestId, type })
    const limited = problemOf(fail('WAQ_RATE_LIMITED', 'too many', { retryAfter: 3 }), 'req_1', written)
    expect(limited).toMatchObject({
      status: 429,
      headers: { 'content-type': 'application/json', 'retry-after': '3' },
    })
    expect(JSON.parse(limited.body as string)).toEqual({
      ok: false,
      detail: 'too many',
      code: 'rate_limited',
      requestId: 'req_1',
      type: 'urn:waqtor:error:rate_limited',
    })
    expect(problemOf(asError(new Error('secret')), 'req_1', written).body).not.toContain('secret')
  })

  it.each([
    new Error('SELECT * FROM keys; /home/me/data/host.db secret'),
    new WaqtorError('WAQ_COMMAND_FAILED', 'SELECT /home/me secret', { details: { path: '/home/me' } }),
    new WaqtorError('WAQ_OF_SOMEBODY', 'SELECT /home/me secret', { status: 503 }),
    fail('WAQ_STORAGE_CORRUPT', 'SELECT /home/me/data/host.db secret'),
    'secret',
    null,
    undefined,
    { message: 'secret', status: 200 },
  ])('keeps to itself what went wrong inside: %s', (thrown) => {
    const { status, body } = shown(thrown)
    expect(status).toBeGreaterThanOrEqual(500)
    expect(JSON.stringify(body)).not.toMatch(/secret|SELECT|home/)
    expect(body).toMatchObject({ status, requestId: 'req_1', detail: expect.any(String) })
  })

  it('has an error status, whatever the error says', () => {
    fc.assert(
      fc.property(fc.integer(), (status) => {
        const answer = shown(new WaqtorError('WAQ_X', 'x', { status }))
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.status).toBeLessThan(600)
        expect(answer.body.status).toBe(answer.status)
      }),
    )
  })
})

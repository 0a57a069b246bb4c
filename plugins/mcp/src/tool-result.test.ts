import { fail } from '@waqtor/contracts'
import { WaqtorError } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { resultOf, resultOfError } from './tool-result.ts'

describe('a result', () => {
  it('is text, and an object too where it is one', () => {
    expect(resultOf([1], 100)).toEqual({ content: [{ type: 'text', text: '[1]' }] })
    expect(resultOf({ a: 'ä' }, 100)).toEqual({
      content: [{ type: 'text', text: '{"a":"ä"}' }],
      structuredContent: { a: 'ä' },
    })
  })

  it('is counted in bytes', () => {
    expect(() => resultOf('ä'.repeat(50), 101)).toThrow('has 102 bytes')
    expect(resultOf('ä'.repeat(50), 102).content).toHaveLength(1)
  })
})

describe('an error', () => {
  it('says its code, what was wrong and what to do', () => {
    expect(resultOfError(fail('WAQ_NOT_FOUND', "there is no campaign 'x'"))).toEqual({
      isError: true,
      content: [{ type: 'text', text: "not_found: there is no campaign 'x'\nCheck the id." }],
      structuredContent: {
        code: 'not_found',
        status: 404,
        message: "there is no campaign 'x'",
        fix: 'Check the id.',
      },
    })
  })

  it('tells what a denial knows: the feature that is locked', () => {
    const error = new WaqtorError('WAQ_FEATURE_LOCKED', 'locked', { status: 403, details: { feature: 'campaigns' } })
    expect(resultOfError(error).structuredContent).toMatchObject({ code: 'feature_locked', feature: 'campaigns' })
  })

  it('keeps to itself what went wrong on our side', () => {
    const path = '/home/me/host.db'
    for (const thrown of [
      new Error(path),
      null,
      new WaqtorError('WAQ_X', path, { details: { path } }),
      fail('WAQ_SEND_FAILED', path),
    ]) {
      const result = resultOfError(thrown)
      expect(result.isError).toBe(true)
      expect(JSON.stringify(result)).not.toContain(path)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { isWaqtorError, kernelErrorCodes, messageOf, StartupError, silentLogger, WaqtorError } from './index.ts'

describe('a WaqtorError', () => {
  it('has the status of its code, 500 when the code is a plugin’s own, or the one it was given', () => {
    expect(new WaqtorError('WAQ_FORBIDDEN', 'no').status).toBe(403)
    expect(new WaqtorError('WAQ_SOMETHING', 'no').status).toBe(500)
    expect(new WaqtorError('WAQ_FORBIDDEN', 'no', { status: 418 }).status).toBe(418)
    expect(new WaqtorError('WAQ_CONSTRUCTOR', 'no').status).toBe(500)
  })

  it('keeps what it is given', () => {
    const cause = new Error('why')
    const error = new WaqtorError('WAQ_X', 'm', { plugin: 'p', phase: 'boot', cause, retryAfter: 2, details: { a: 1 } })
    expect(error).toMatchObject({
      name: 'WaqtorError',
      plugin: 'p',
      phase: 'boot',
      cause,
      retryAfter: 2,
      details: { a: 1 },
    })
    expect(new WaqtorError('WAQ_X', 'm')).toMatchObject({ plugin: null, phase: 'command' })
    expect('cause' in new WaqtorError('WAQ_X', 'm')).toBe(false)
  })

  it('is recognised by what it has, not by its class', () => {
    const twin = Object.assign(new Error('m'), { code: 'WAQ_X', phase: 'hook' })
    expect([new WaqtorError('WAQ_X', 'm'), twin].every(isWaqtorError)).toBe(true)
    const others = [
      null,
      undefined,
      'WAQ_X',
      new Error('m'),
      { code: 'WAQ_X', phase: 'hook' },
      Object.assign(new Error('m'), { code: 'ENOENT', phase: 'x' }),
    ]
    expect(others.some(isWaqtorError)).toBe(false)
  })
})

describe('the table of codes', () => {
  it('tells for each code what the reader should do', () => {
    for (const [code, { status, fix }] of Object.entries(kernelErrorCodes)) {
      expect(code).toMatch(/^WAQ_[A-Z_]+$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(fix).toMatch(/^[A-Z].*\.$/)
    }
  })
})

describe('a StartupError', () => {
  it('has a line for each problem: who, what and what to do', () => {
    const problems = [
      { code: 'WAQ_X', plugin: 'a', message: 'it is broken', fix: 'Mend it.' },
      { code: 'WAQ_Y', plugin: 'b', message: 'it is gone', fix: 'Find it.' },
    ] as const
    const error = new StartupError(problems, 'resolve')
    expect(error.message).toBe('a: it is broken. Mend it.\nb: it is gone. Find it.')
    expect(error).toMatchObject({ name: 'StartupError', code: 'WAQ_STARTUP_FAILED', phase: 'resolve', problems })
    expect(isWaqtorError(error)).toBe(true)
  })
})

describe('messageOf', () => {
  it('finds words for anything that was thrown', () => {
    expect(messageOf(new Error('boom'))).toBe('boom')
    expect(messageOf('boom')).toBe('boom')
    expect(messageOf(null)).toBe('null')
    expect(messageOf(undefined)).toBe('undefined')
    expect(messageOf(7)).toBe('7')
    expect(messageOf(Symbol('s'))).toContain('s')
    const odd = [
      Object.create(null),
      { toString: null },
      {
        toString() {
          throw new Error('no')
        },
      },
      new Proxy({}, {}),
    ]
    for (const it of odd) expect(messageOf(it)).toEqual(expect.any(String))
  })
})

describe('the silent logger', () => {
  it('takes everything and says nothing', () => {
    const log = silentLogger.child({ plugin: 'p' })
    for (const level of ['debug', 'info', 'warn', 'error'] as const) expect(log[level]('text', {})).toBeUndefined()
  })
})

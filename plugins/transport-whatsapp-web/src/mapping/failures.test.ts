import { TransportError } from '@waqtor/contracts'
import { expect, it } from 'vitest'
import { TimeLimitError } from '../library/limited.ts'
import { callFailure, sendFailure } from './failures.ts'

it('calls a number invalid only where that is proved', () => {
  for (const text of ['No LID for user', 'wid error: invalid wid']) {
    expect(sendFailure(new Error(text)), text).toMatchObject({ failure: 'invalid-number' })
  }
})

it('leaves everything else that a send throws in doubt', () => {
  for (const error of [new Error('Target closed'), new TimeLimitError('late'), new Error('x'), 'a string']) {
    expect(sendFailure(error)).toMatchObject({ failure: 'unknown' })
  }
})

it('leaves nothing in doubt where nothing is sent', () => {
  expect(callFailure(new Error('Attempted to use detached Frame'))).toMatchObject({
    failure: 'not-connected',
    message: 'the page went away while it worked',
  })
  expect(callFailure(new TimeLimitError('a look took more than 5 ms'))).toMatchObject({ failure: 'unknown' })
  expect(callFailure(new Error("Cannot read properties of undefined (reading 'x')")).message).toMatch(
    /changed its page/,
  )
})

it('passes on what is said already', () => {
  const said = new TransportError('refused', 'no')
  expect(sendFailure(said)).toBe(said)
  expect(callFailure(said)).toBe(said)
})

import { expect, it } from 'vitest'
import { guardExit } from './exit-guard.ts'

function process() {
  const codes: unknown[] = []
  const exit = (code?: number | string | null): never => {
    codes.push(code)
    return undefined as never
  }
  return { codes, exit, target: { exit } }
}

it('F1: an exit throws where it is called, and says what was wanted, until the undo', () => {
  const { codes, target } = process()
  const undo = guardExit(target)
  for (const [code, said] of [
    [9, 'process.exit(9)'],
    [undefined, 'process.exit()'],
    [0, 'process.exit(0)'],
  ] as const)
    expect(() => target.exit(code)).toThrow(
      expect.objectContaining({ code: 'WAQ_EXIT_REFUSED', message: expect.stringContaining(said) }),
    )
  expect(codes).toEqual([])
  undo()
  target.exit(3)
  expect(codes).toEqual([3])
})

it('what somebody else has put there meanwhile stays', () => {
  const { target } = process()
  const undo = guardExit(target)
  const theirs = () => undefined as never
  target.exit = theirs
  undo()
  expect(target.exit).toBe(theirs)
})

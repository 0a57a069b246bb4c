import { defineDisclosure } from '@waqtor/contracts'
import { type Call, defineCommand, defineEvent, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { Disclosed } from './disclosed.ts'

const Shown = defineEvent('code.shown', {
  kind: 'transient',
  permission: 'x:pair',
  scope: 'instance',
  schema: z.object({}),
})
const look = defineCommand('code.look', {
  summary: 'Look at the code',
  permission: 'x:pair',
  scope: 'instance',
  input: z.object({ instance: z.string() }),
  output: z.object({}),
})

function fixture() {
  const asked: unknown[] = []
  const made = {
    asked,
    answer: async (): Promise<object> => ({}),
    disclosed: new Disclosed({
      contributions: () => [defineDisclosure(Shown, look)],
      commands: {
        execute(command: string, input: unknown, { via }: Partial<Call>) {
          asked.push([command, input, via])
          return made.answer()
        },
      } as never,
    }),
    sees: () => made.disclosed.allows(Shown.id, { via: 'ws' }, 'shop'),
  }
  return made
}

describe('what counts as a look', () => {
  it('is one in the name of who is shown it, once for a connection', async () => {
    const it = fixture()
    expect(await Promise.all([it.sees(), it.sees()])).toEqual([true, true])
    expect(await it.sees()).toBe(true)
    expect(it.asked).toEqual([['code.look', { instance: 'shop' }, 'ws']])
  })

  it('is not shown where that is refused, and asked for again', async () => {
    const it = fixture()
    it.answer = () => Promise.reject(new Error('refused'))
    expect(await it.sees()).toBe(false)
    it.answer = async () => ({})
    expect(await it.sees()).toBe(true)
    expect(it.asked).toHaveLength(2)
  })

  it('was one already when the caller ran the command', async () => {
    const it = fixture()
    expect(it.disclosed.note(look.id, Promise.resolve())).toBe(true)
    expect(await it.sees()).toBe(true)
    expect(it.asked).toEqual([])
  })

  it('is asked for anew when the one under way came too early', async () => {
    const it = fixture()
    const early = Promise.withResolvers<void>()
    it.disclosed.note(look.id, early.promise)
    const seen = it.sees()
    early.reject(new Error('nothing to see yet'))
    expect(await seen).toBe(true)
    expect(it.asked).toHaveLength(1)
  })

  it('is nothing else', async () => {
    const it = fixture()
    expect(await it.disclosed.allows('other', {}, null)).toBe(true)
    expect(it.disclosed.note('other.command', Promise.resolve())).toBe(false)
    expect(it.asked).toEqual([])
  })
})

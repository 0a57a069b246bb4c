import { definePlugin, z } from '@waqtor/kernel'
import { expect, test } from 'vitest'
import { problemLine } from '../problem.ts'
import { explain } from './explain.ts'
import { resolveEntries } from './resolve-entries.ts'

const plugin = definePlugin({
  name: 'p',
  config: z.object({
    port: z.int().min(1).max(10).optional(),
    mode: z.enum(['full', 'none']).optional(),
    kind: z.literal(['a', 'b']).optional(),
    apiKey: z.string().min(32).optional(),
    name: z.string().regex(/^x/, 'must start with x').optional(),
    id: z.string().startsWith('y').optional(),
    list: z.array(z.strictObject({ size: z.number() })).optional(),
    either: z.union([z.string(), z.number()]).optional(),
  }),
  setup() {},
})

function lines(options: unknown): string[] {
  return resolveEntries([plugin(options as never)]).problems.map((it) => problemLine(explain(it, options)))
}

test.each<[unknown, string]>([
  [{ prot: 1 }, "p: there is no option 'prot'. Did you mean 'port'?"],
  [{ port: 'high' }, "p: option 'port': expected number, got string. Correct the option."],
  [{ port: 99 }, "p: option 'port': expected number to be <=10, got 99. Correct the option."],
  [{ port: 1.5 }, "p: option 'port': expected int, got 1.5. Correct the option."],
  [{ port: null }, "p: option 'port': expected number, got null. Correct the option."],
  [{ mode: 'ful' }, `p: option 'mode': expected one of "full"|"none", got 'ful'. Did you mean 'full'?`],
  [{ kind: 'c' }, `p: option 'kind': expected one of "a"|"b", got 'c'. Did you mean 'a'?`],
  [{ name: 'y' }, "p: option 'name': must start with x, got string. Correct the option."],
  [{ list: [{}] }, "p: option 'list[0].size': expected number, got nothing. Correct the option."],
  [{ list: {} }, "p: option 'list': expected array, got object. Correct the option."],
  [{ either: true }, "p: option 'either': invalid input, got true. Correct the option."],
  ['text', 'p: the options: expected object, got string. Correct the option.'],
])('%j', (options, line) => {
  expect(lines(options)).toEqual([line])
})

test('a secret is never repeated, whatever is wrong with it', () => {
  for (const options of [
    { apiKey: 'hunter2' },
    { apiKey: 12345 },
    { apiKye: 'hunter2' },
    { port: 'hunter2' },
    { id: 'hunter2' },
  ]) {
    expect(lines(options).join()).not.toMatch(/hunter2|12345/)
  }
})

test('other problems stay as they are', () => {
  const problem = { code: 'WAQ_CYCLE', plugin: 'a', message: 'm', fix: 'f' } as const
  expect(explain(problem, {})).toBe(problem)
})

import { describe, expect, it } from 'vitest'
import type { CliIo } from './cli.ts'
import {
  nameAndValue,
  none,
  only,
  parse,
  requireReadable,
  runSubCommand,
  type SubCommand,
  UsageError,
  wholeNumber,
} from './cli-usage.ts'

async function run(argv: readonly string[], command: SubCommand = async () => 7) {
  const printed: string[] = []
  const noted: string[] = []
  const io = { print: (it: string) => printed.push(it), note: (it: string) => noted.push(it) }
  const code = await runSubCommand(
    { name: 'fruit', usage: 'the usage', commands: { eat: command } },
    argv,
    io as never as CliIo,
  )
  return { code, printed, noted }
}

describe('a sub-command', () => {
  it('is run with what follows its name, and answers its own code', async () => {
    expect(await run(['eat', 'x'], async (argv) => argv.length)).toEqual({ code: 1, printed: [], noted: [] })
  })

  it.each([[], ['help'], ['--help']])('shows its usage when asked with %j', async (...argv) => {
    expect(await run(argv)).toEqual({ code: 0, printed: ['the usage'], noted: [] })
  })

  it.each(['fly', 'constructor', ''])("that is not there is a mistake: '%s'", async (verb) => {
    expect(await run([verb])).toEqual({ code: 2, printed: [], noted: [`there is no 'fruit ${verb}'`, 'the usage'] })
  })

  it('that was written wrong says so, and shows the usage', async () => {
    const { code, noted } = await run(['eat', '--wrong'], async (argv) => Number(parse(argv, {})))
    expect(code).toBe(2)
    expect(noted).toEqual([expect.stringContaining('--wrong'), 'the usage'])
  })

  it('that fails has failed', async () => {
    const failure = new Error('no fruit')
    await expect(run(['eat'], () => Promise.reject(failure))).rejects.toBe(failure)
  })
})

describe('arguments', () => {
  it('are taken as they are meant', async () => {
    const { values, positionals } = parse(['a', '--n', '3', '--is'], { n: { type: 'string' }, is: { type: 'boolean' } })
    expect({ ...values }).toEqual({ n: '3', is: true })
    expect(only(positionals, 'the file')).toBe('a')
    none([])
    expect(wholeNumber('n', values.n, 1)).toBe(3)
    expect(wholeNumber('n', undefined, 1)).toBe(1)
    expect(nameAndValue('field', 'city=Cairo=Giza')).toEqual(['city', 'Cairo=Giza'])
    await requireReadable(import.meta.filename)
  })

  it.each<[string, () => unknown, string]>([
    ['is missing', () => only([], 'the file'), 'the file is missing'],
    ['is empty', () => only([''], 'the file'), 'the file is missing'],
    ['is one too many', () => only(['a', 'b'], 'the file'), "there is one argument too many: 'b'"],
    ['is one too many for none', () => none(['a']), "there is one argument too many: 'a'"],
    ['is no number', () => wholeNumber('n', '1.5', 1), "--n takes a whole number, not '1.5'"],
    ['has no name', () => nameAndValue('field', '=x'), "--field takes name=value, not '=x'"],
  ])('say what is wrong when one %s', (_, act, message) => {
    expect(act).toThrow(new UsageError(message))
  })

  it('name the file that cannot be read', async () => {
    await expect(requireReadable('/nowhere/a.csv')).rejects.toThrow(
      /^the file '\/nowhere\/a.csv' cannot be read: ENOENT/,
    )
  })
})

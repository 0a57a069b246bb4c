import { describe, expect, it } from 'vitest'
import type { CliIo } from './cli.ts'
import {
  nameAndValue,
  none,
  only,
  parse,
  requirePlace,
  requireReadable,
  runSubCommand,
  type SubCommand,
  tableFormat,
  UsageError,
  wholeNumber,
} from './cli-usage.ts'

async function run(argv: readonly string[], command: SubCommand = async () => 7, json = false) {
  const printed: string[] = []
  const noted: string[] = []
  const io = { json, print: (it: string) => printed.push(it), note: (it: string) => noted.push(it) }
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

  it.each([
    ['eat', '--help'],
    ['eat', 'x', '-h'],
  ])('shows its usage behind its name as well: %j', async (...argv) => {
    expect(await run(argv)).toEqual({ code: 0, printed: ['the usage'], noted: [] })
  })

  it('takes what stands behind a -- as it is', async () => {
    expect(await run(['eat', '--', '--help'])).toEqual({ code: 7, printed: [], noted: [] })
  })

  it('that was written wrong is an error in JSON for programs', async () => {
    const { code, printed, noted } = await run(['eat', '--wrong'], async (argv) => Number(parse(argv, {})), true)
    expect([code, printed, noted.length]).toEqual([2, [], 1])
    expect(JSON.parse(noted[0]!)).toEqual({
      error: { code: 'WAQ_USAGE', message: expect.stringContaining('--wrong'), fix: 'See: waqtor fruit --help' },
    })
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

  it.each([
    [undefined, undefined, 'csv'],
    ['people', undefined, 'csv'],
    ['People.CSV', undefined, 'csv'],
    ['People.XLSX', undefined, 'xlsx'],
    ['people.pdf', 'xlsx', 'xlsx'],
    ['people.xlsx', 'csv', 'csv'],
  ])('write %j with --format %j as %s', (out, format, written) => {
    expect(tableFormat(out, format)).toBe(written)
  })

  it('refuse a name that promises another format, and a format that is none', () => {
    expect(() => tableFormat('people.pdf', undefined)).toThrow(/^'people.pdf' ends in '.pdf': only .csv and .xlsx/)
    expect(() => tableFormat('people.csv', 'pdf')).toThrow("--format is csv or xlsx, not 'pdf'")
  })

  it('name the directory that is not there, and the one that is no file', async () => {
    await requirePlace(import.meta.filename)
    await expect(requirePlace('/nowhere/a.csv')).rejects.toThrow("there is no directory '/nowhere' to write into")
    await expect(requirePlace(import.meta.dirname)).rejects.toThrow('is a directory: name a file in it')
  })

  it('name the file that cannot be read', async () => {
    await expect(requireReadable('/nowhere/a.csv')).rejects.toThrow(
      /^the file '\/nowhere\/a.csv' cannot be read: ENOENT/,
    )
  })
})

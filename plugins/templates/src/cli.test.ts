import { testCli } from '@waqtor/contracts/testing'
import { describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { startTemplates } from './fixtures/start-templates.ts'

/** What `waqtor templates …` says and answers, run against a real registry. */
async function cli(argv: readonly string[][], json = false) {
  await using test = await startTemplates()
  const codes: number[] = []
  const { io, printed, noted } = testCli(test.kernel, { json })
  for (const args of argv) codes.push(await run(args, io))
  return { codes, printed, noted }
}

const welcome = ['add', 'welcome', '--text', 'Hello {{name|friend}}, {{city}}', '--language', 'en']

describe('waqtor templates', () => {
  it('stores a template and lists it', async () => {
    const { codes, printed, noted } = await cli([['list'], welcome, ['list']])
    expect(codes).toEqual([0, 0, 0])
    expect(noted).toEqual([])
    expect(printed[0]).toContain('no templates yet')
    expect(printed[1]).toMatch(/^tpl_\w+ {2}welcome {2}\(en\)$/)
    expect(printed[2]).toBe(printed[1])
  })

  it('warns with the place when it is stored, and when it is shown', async () => {
    const { printed, noted } = await cli([
      ['add', 'bad', '--text', 'Hi\n{{a.b}}'],
      ['show', 'BAD'],
    ])
    expect(printed.slice(1)).toEqual([printed[0], 'Hi\n{{a.b}}'])
    expect(noted).toHaveLength(2)
    expect(noted[0]).toMatch(/^line 2, column 1: '\{\{a.b\}\}' is no variable\. There is nothing to look into/)
    expect(noted[1]).toBe(noted[0])
  })

  it('previews with values, and tells of those that are missing', async () => {
    const { printed, noted } = await cli([
      welcome,
      ['preview', 'welcome', '--var', 'name=Mona=1', '--language', 'en-GB', '--var', 'citi=Giza'],
    ])
    expect(printed[1]).toBe('Hello Mona=1, ')
    expect(noted).toEqual([
      "14 characters, in 'en'",
      "without a value: 'city'",
      "en: line 1, column 24: there is no variable 'city'. Did you mean '{{citi}}'?",
    ])
  })

  it('deletes by name', async () => {
    const { codes, printed } = await cli([welcome, ['delete', 'Welcome'], ['list']])
    expect(codes).toEqual([0, 0, 0])
    expect(printed[1]).toBe("Template 'Welcome' is deleted.")
    expect(printed[2]).toContain('no templates yet')
  })

  it('speaks JSON, a document a line', async () => {
    const { printed, noted } = await cli(
      [welcome, ['list'], ['show', 'welcome'], ['preview', 'welcome'], ['delete', 'welcome'], ['list']],
      true,
    )
    expect(noted).toEqual([])
    const [made, listed, shown, preview, deleted, ...rest] = printed.map((it) => JSON.parse(it))
    expect(shown).toEqual(made)
    expect(listed).toMatchObject({ templateId: made.templateId })
    expect(preview).toMatchObject({ text: 'Hello friend, ', missing: ['city'] })
    expect(deleted).toEqual({ instance: 'default', templateId: made.templateId, deleted: true })
    expect(rest).toEqual([])
  })

  it('works on another account', async () => {
    const { printed } = await cli([[...welcome, '--instance', 'shop'], ['list'], ['list', '--instance', 'shop']])
    expect(printed[1]).toContain('no templates yet')
    expect(printed[2]).toContain('welcome')
  })

  it.each([
    [['fly'], "there is no 'templates fly'"],
    [['show'], 'the name of the template is missing'],
    [['add', 'x'], '--text is missing'],
    [['show', 'x', 'y'], "one argument too many: 'y'"],
    [['list', 'x'], "one argument too many: 'x'"],
    [['preview', 'x', '--var', 'name'], "--var takes name=value, not 'name'"],
    [['list', '--langauge', 'x'], '--langauge'],
  ])('says what is wrong with %j', async (argv, message) => {
    const { codes, noted, printed } = await cli([argv])
    expect(codes).toEqual([2])
    expect(printed).toEqual([])
    expect(noted[0]).toContain(message)
    expect(noted[1]).toContain('waqtor templates list')
  })

  it.each([[], ['help'], ['--help'], ['add', '--help']])('shows its usage when asked with %j', async (...argv) => {
    const { codes, printed } = await cli([argv])
    expect(codes).toEqual([0])
    expect(printed[0]).toContain('waqtor templates add <name>')
  })

  it('hands what fails on to the host', async () => {
    await expect(cli([['show', 'nothing']])).rejects.toMatchObject({
      code: 'WAQ_NOT_FOUND',
      message: expect.stringContaining("there is no template 'nothing'"),
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CheckOptions, checkTemplate } from './check.ts'
import { longestText, variable } from './grammar.ts'

const codes = (source: string, options?: CheckOptions) => checkTemplate(source, options).map((it) => it.code)
const only = (source: string, options?: CheckOptions) => {
  const problems = checkTemplate(source, options)
  expect(problems).toHaveLength(1)
  const [problem] = problems
  return { ...problem!, text: source.slice(problem!.index, problem!.index + problem!.length) }
}

describe('checking a template', () => {
  it.each(['', 'Hello', 'Hello {{name|friend}}, {{ city }}', 'مرحبا {{الاسم}}', 'a { b } c', '{{a|}}'])(
    'finds nothing wrong with %j',
    (source) => {
      expect(checkTemplate(source)).toEqual([])
    },
  )

  it('finds what is not closed, and says where it stands', () => {
    expect(only('Dear friend,\nhello {{name, how are you?\nBye')).toEqual({
      code: 'unclosed',
      message: "'{{name, how are you?' is not closed",
      fix: "Write '}}' after the name, as in '{{name}}'; until then it is sent as it stands.",
      index: 19,
      length: 20,
      line: 2,
      column: 7,
      text: '{{name, how are you?',
    })
    expect(only('{{name} {{city}}')).toMatchObject({ code: 'unclosed', text: '{{name' })
    expect(only('{{name {{city}}')).toMatchObject({ code: 'unclosed', text: '{{name' })
    expect(codes('{{a|{b}}}')).toEqual(['unclosed'])
  })

  it.each([
    ['{{a.b}}', 'nothing to look into'],
    ['{{a[0]}}', 'nothing to look into'],
    ['{{#if name}}', 'no conditions, loops or parts'],
    ['{{/if}}', 'no conditions, loops or parts'],
    ['{{> footer}}', 'no conditions, loops or parts'],
    ['{{1}}', 'A name begins with a letter'],
    ['{{a$|b}}', 'A name begins with a letter'],
    [`{{${'n'.repeat(65)}}}`, 'at most 64 characters'],
  ])('says that %s stays text, and what to do instead', (source, advice) => {
    expect(only(`Hi ${source}!`)).toMatchObject({
      code: 'unsupported',
      text: source,
      message: expect.stringContaining('is no variable'),
      fix: expect.stringContaining(advice),
    })
  })

  it.each(['{{}}', '{{ }}', '{{|friend}}'])('finds that %s names nothing', (source) => {
    expect(only(source)).toMatchObject({ code: 'empty-name', text: source })
  })

  it.each([
    ['Name', 'name'],
    ['nme', 'name'],
    ['namee', 'name'],
    ['nome', 'name'],
    ['اسم_العمبل', 'اسم_العميل'],
  ])('asks whether %s means %s', (written, meant) => {
    expect(only(`Hi {{${written}|x}}`, { known: ['phone', meant] })).toMatchObject({
      code: 'misspelt',
      message: `there is no variable '${written}'`,
      fix: `Did you mean '{{${meant}}}'?`,
      column: 4,
    })
  })

  it.each([
    ['name', ['name', 'names']],
    ['city', ['name']],
    ['x', ['y']],
    ['ab', ['abc']],
    ['order', ['orders_2']],
  ])('does not ask about %s beside %j', (written, known) => {
    expect(checkTemplate(`{{${written}}}`, { known })).toEqual([])
  })

  it('finds unknown names where the known ones are all there are', () => {
    expect(codes('{{name}} {{city}} {{Name}}', { known: ['name'], only: true })).toEqual(['unknown', 'misspelt'])
    expect(only('{{city}}', { known: ['name'], only: true }).fix).toBe("Use one of: 'name'.")
    expect(only('{{city}}', { only: true }).fix).toContain('there are no variables here')
    const many = Array.from({ length: 11 }, (_, i) => `long name ${i}`)
    expect(only('{{city}}', { known: many, only: true }).fix).toMatch(/'long name 9', …\.$/)
  })

  it('refuses a text that is too long without looking into it', () => {
    expect(checkTemplate('x'.repeat(longestText))).toEqual([])
    expect(only('{{'.repeat(longestText / 2 + 1))).toMatchObject({
      code: 'too-long',
      message: 'the text has 65,538 characters; WhatsApp takes 65,536',
    })
  })

  it('tells of a hundred problems and no more', () => {
    expect(codes('{{ '.repeat(20_000))).toHaveLength(100)
    expect(codes('{{x}}'.repeat(13_000), { only: true })).toHaveLength(100)
  })

  it('overlooks nothing that begins like a variable, and tells of it in order, once', () => {
    const source = fc.string({ unit: fc.constantFrom('{', '}', '{{', '}}', 'a', '|', '.', ' ', '\n'), maxLength: 60 })
    fc.assert(
      fc.property(source, (text) => {
        const problems = checkTemplate(text)
        const taken = [
          ...problems,
          ...[...text.matchAll(variable)].map((it) => ({ index: it.index, length: it[0].length })),
        ].sort((a, b) => a.index - b.index)
        let end = 0
        for (const { index, length } of taken) {
          expect(index).toBeGreaterThanOrEqual(end)
          expect(text.slice(end, index)).not.toContain('{{')
          end = index + length
        }
        expect(text.slice(end)).not.toContain('{{')
        for (const { index, line, column } of problems) {
          const before = text.slice(0, index).split('\n')
          expect([line, column]).toEqual([before.length, before.at(-1)!.length + 1])
        }
        expect(problems.map((it) => it.index)).toEqual(problems.map((it) => it.index).sort((a, b) => a - b))
      }),
      { numRuns: 2_000 },
    )
  })
})

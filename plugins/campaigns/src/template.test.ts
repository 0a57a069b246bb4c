import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lookUp, parseTemplate } from './template.ts'

const render = (template: string, variables: Record<string, string>) =>
  parseTemplate(template).render(lookUp(variables))

describe('a template', () => {
  it('puts variables in, in any script, with or without spaces', () => {
    expect(render('Hello {{name}}, {{ city }}!', { name: 'Mona', city: 'Cairo' })).toBe('Hello Mona, Cairo!')
    expect(render('مرحبا {{الاسم}}', { الاسم: 'منى' })).toBe('مرحبا منى')
  })

  it('uses the default where there is no value or an empty one', () => {
    expect(render('Hello {{name|friend}}', {})).toBe('Hello friend')
    expect(render('Hello {{name|friend}}', { name: '' })).toBe('Hello friend')
    expect(render('{{name|}}', {})).toBe('')
  })

  it('tells what it needs', () => {
    expect(parseTemplate('{{a}} {{b|x}} {{a}}')).toMatchObject({ required: ['a'], names: ['a', 'b'] })
  })

  it.each(['{{constructor}}', '{{__proto__}}', '{{toString}}', '{{hasOwnProperty}}'])(
    'does not look beyond own fields: %s',
    (template) => {
      expect(render(template, {})).toBe('')
    },
  )

  it.each(['<% x %>', '{% x %}', '#{x}', '{{a.b}}', '{{a[0]}}', '{{{x', '{{}}', '{{ }}'])(
    'leaves %s as text',
    (template) => {
      expect(render(template, { x: '!', a: '!' })).toBe(template)
    },
  )

  it('leaves what other languages would run as text', () => {
    const template = `$\{x}`
    expect(render(template, { x: '!' })).toBe(template)
  })

  it('never looks for variables in a value', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(render('<{{a|x}}>', { a: value })).toBe(`<${value || 'x'}>`)
      }),
    )
    expect(render('{{a}}', { a: '{{b}}', b: 'no' })).toBe('{{b}}')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longestText } from './grammar.ts'
import { lookUp, parseTemplate } from './template.ts'

function render(template: string, variables: Record<string, string>): string {
  const parsed = parseTemplate(template)
  const text = parsed.fill([variables])
  expect(parsed.render(lookUp(variables))).toBe(text)
  return text
}

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

  it('takes a value from the first record that has it', () => {
    const template = parseTemplate('{{a}} {{b}} {{c|no}}')
    expect(template.fill([{ a: '1' }, { a: '2', b: '2' }])).toBe('1 2 no')
    expect(template.fill([])).toBe('  no')
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

  it('puts every value in its place and leaves the text around it alone', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '|', '.', '\n', 'م', '😀') })
    const part = fc.oneof(text, fc.record({ name: fc.constantFrom('name', 'المدينة', '_x 1', '__proto__') }))
    fc.assert(
      fc.property(fc.array(part), fc.string({ minLength: 1 }), (parts, value) => {
        const source = parts.map((it) => (typeof it === 'string' ? it : `{{ ${it.name} }}`)).join('')
        const expected = parts.map((it) => (typeof it === 'string' ? it : value)).join('')
        expect(parseTemplate(source).render(() => value)).toBe(expected)
      }),
    )
  })

  it('takes any text, and changes none that has no double braces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        const text = parseTemplate(source).render(() => 'x')
        if (!source.includes('{{')) expect(text).toBe(source)
      }),
    )
  })

  it('looks each of a hundred thousand variables up once', () => {
    let asked = 0
    const template = parseTemplate('{{a}}'.repeat(100_000))
    expect(template.names).toEqual(['a'])
    expect(
      template.render(() => {
        asked++
        return ''
      }),
    ).toBe('')
    expect(asked).toBe(100_000)
  })

  it.each([
    '{{'.repeat(50_000),
    `{{a${' '.repeat(100_000)}`,
    `{{a|${'x'.repeat(100_000)}`,
    `${'{{a '.repeat(30_000)}}}`,
  ])('is parsed in one go however it is twisted', (source) => {
    expect(parseTemplate(source).names.length).toBeLessThan(2)
  })

  it('refuses to become longer than what can be sent, in time', () => {
    const full = 'x'.repeat(longestText)
    expect(render('{{a}}', { a: full })).toBe(full)
    expect(() => render('{{a}}.', { a: full })).toThrow(/more than 65,536 characters.*shorten the text or the values/)
    // Ten thousand of these would not fit into a string.
    let asked = 0
    const many = parseTemplate('{{a}}'.repeat(10_000))
    expect(() =>
      many.render(() => {
        asked++
        return full
      }),
    ).toThrow(RangeError)
    expect(asked).toBe(2)
  })
})

describe('looking a name up', () => {
  it('takes the first record that has it', () => {
    const value = lookUp({ a: '1' }, { a: '2', b: '3' })
    expect([value('a'), value('b'), value('c')]).toEqual(['1', '3', undefined])
  })
})

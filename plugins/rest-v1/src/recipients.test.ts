import { describe, expect, it } from 'vitest'
import { broadcast, messageFor, recipientsOf } from './recipients.ts'

const refused = (message: RegExp) => expect.objectContaining({ status: 400, message: expect.stringMatching(message) })

describe('a list of recipients', () => {
  it('holds numbers, chat ids, and objects with what belongs to each', () => {
    const recipients = ['+20 100', 20_100, { phone: '201', message: 'Hi {{n}}', n: 1, ok: true, deep: { x: 1 } }]
    expect(
      recipientsOf({ recipients: [...recipients, { chatId: '1@g.us', variables: { a: 'x', b: 2 }, b: 3 }] }),
    ).toEqual([
      { to: '+20 100', message: undefined, variables: { phone: '+20 100' } },
      { to: '20100', message: undefined, variables: { phone: '20100' } },
      { to: '201', message: 'Hi {{n}}', variables: { phone: '201', n: '1', ok: 'true' } },
      { to: '1@g.us', message: undefined, variables: { a: 'x', b: '3' } },
    ])
  })

  it.each([
    [undefined, /list/],
    [[], /empty/],
    ['201', /list/],
    [['201', {}], /recipients\.1/],
    [[null], /recipients\.0/],
    [[''], /recipients\.0/],
    [[['201']], /recipients\.0/],
    [[{ phone: '201', message: {} }], /recipients\.0.*'message'/],
  ])('is refused where it is none: %j', (recipients, message) => {
    expect(() => recipientsOf({ recipients })).toThrow(refused(message))
  })
})

describe('a message for one of several', () => {
  const [one] = recipientsOf({ recipients: [{ phone: '201', name: 'Mona' }] })
  const [own] = recipientsOf({ recipients: [{ chatId: '201@c.us', message: '{{name}}, {{phone}}, {{city}}' }] })

  it('is its own, or the one for all, with its own variables before those for all', () => {
    expect(messageFor(one!, { message: 'Hi {{name}} {{x}}', variables: { name: 'all', x: '1' } }, 'r')).toBe(
      'Hi Mona 1',
    )
    expect(messageFor(own!, { message: 'other', variables: { city: 'Cairo' } }, 'r')).toBe(', +201, Cairo')
  })

  it('is a text as it stands, before a message', () => {
    expect(messageFor(one!, { text: '{{name}}', message: 'other' }, 'r')).toBe('{{name}}')
  })

  it('never looks at values for variables again', () => {
    const [sly] = recipientsOf({ recipients: [{ phone: '1', name: '{{secret}}' }] })
    expect(messageFor(sly!, { message: 'Hi {{name}}', variables: { secret: 'x' } }, 'r')).toBe('Hi {{secret}}')
  })

  it('is refused where there is none, where a value is missing, and where it becomes too long', () => {
    expect(() => messageFor(one!, {}, 'recipients.0')).toThrow(refused(/recipients\.0.*no message/))
    expect(() => messageFor(own!, {}, 'recipients.0')).toThrow(refused(/'city' has no value/))
    const long = { message: '{{a}}{{a}}', variables: { a: 'x'.repeat(40_000) } }
    expect(() => messageFor(one!, long, 'recipients.0')).toThrow(refused(/65,536/))
  })

  it.each(['__proto__', 'constructor', 'toString'])('B4: finds no value for {{%s}} in a prototype', (name) => {
    expect(() => messageFor(one!, { message: `{{${name}}}` }, 'r')).toThrow(refused(/has no value/))
  })
})

describe('a list as a campaign', () => {
  const two = recipientsOf({ recipients: [{ phone: '1', a: 'x' }, '2'] })

  it('keeps the one message that all get, with the variables of each', () => {
    expect(broadcast(two, { message: 'Hi {{a|b}}', variables: { c: 'd' } })).toEqual({
      template: 'Hi {{a|b}}',
      recipients: [
        { to: '1', variables: { a: 'x' } },
        { to: '2', variables: {} },
      ],
      variables: { c: 'd' },
    })
    const same = recipientsOf({
      recipients: [
        { phone: '1', message: 'S {{a}}', a: 'x' },
        { phone: '2', message: 'S {{a}}', a: 'y' },
      ],
    })
    expect(broadcast(same, {}).template).toBe('S {{a}}')
  })

  it('sends a text as it stands, whatever it holds', () => {
    expect(broadcast(two, { text: 'plain' })).toMatchObject({ template: 'plain', variables: {} })
    expect(broadcast(two, { text: 'a {{b}}' })).toMatchObject({
      template: '{{message}}',
      variables: { message: 'a {{b}}' },
    })
  })

  it('renders messages that differ', () => {
    const mixed = recipientsOf({ recipients: [{ phone: '1', message: 'A {{n}}', n: 1 }, '2'] })
    expect(broadcast(mixed, { message: 'B {{phone}}' })).toEqual({
      template: '{{message}}',
      recipients: [
        { to: '1', variables: { message: 'A 1' } },
        { to: '2', variables: { message: 'B 2' } },
      ],
      variables: {},
    })
    expect(() => broadcast(mixed, {})).toThrow(refused(/recipients\.1.*no message/))
  })
})

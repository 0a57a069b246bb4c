import { parseTemplate } from '@waqtor/message-template'
import Handlebars from 'handlebars'
import Mustache from 'mustache'
import { compareLoops } from '../kit/compare.ts'

const source = 'Hello {{name}}, your order {{order}} leaves {{city}} on {{day}}. Thank you for your patience with us!'

/** A message with four variables, the template parsed once. */
export async function run(): Promise<void> {
  // A string that is put together is only walked through when somebody reads it, so each is read at one place.
  let read = 0
  // Different people: otherwise the literal would be worked out once.
  const people = Array.from({ length: 1_024 }, (_, i) => ({
    name: `Nadia ${i}`,
    order: `A-${i}`,
    city: 'Alexandria',
    day: `day ${i % 7}`,
  }))
  const everybody = { name: 'friend', phone: '+201001234567' }
  const template = parseTemplate(source)
  const handlebars = Handlebars.compile(source, { noEscape: true })
  Mustache.parse(source)
  const plain = { escape: String }
  const each = (render: (person: (typeof people)[number]) => string) => (times: number) => {
    for (let i = 0; i < times; i++) read += render(people[i & 1_023]!).charCodeAt(40)
  }

  await compareLoops(
    'a message with four variables',
    {
      'template literal': each(
        ({ name, order, city, day }) =>
          `Hello ${name}, your order ${order} leaves ${city} on ${day}. Thank you for your patience with us!`,
      ),
      WaQtor: each((person) => template.fill([person, everybody])),
      Handlebars: each((person) => handlebars(person)),
      Mustache: each((person) => Mustache.render(source, person, undefined, plain)),
    },
    'template literal',
  )
  if (Number.isNaN(read)) throw new Error('a message was too short')
}

import { expect, test } from 'vitest'
import { fit } from './fit.ts'

const notice = { type: 'info', title: 'Title', message: 'Message' } as const

test('what fits stays as it is', () => {
  const whole = {
    ...notice,
    message: 'first line\nsecond',
    icon: 'pi pi-bell',
    link: '/campaigns?id=cmp_1#top',
    key: 'campaign.done',
    fields: { sent: 3, why: null, ok: true },
  }
  expect(fit(whole)).toEqual(whole)
})

test('what is too long is cut, between characters', () => {
  const { title, message } = fit({ ...notice, title: '🙂'.repeat(300), message: 'x'.repeat(3_000) })
  expect([...title]).toHaveLength(200)
  expect(title.endsWith('🙂…')).toBe(true)
  expect(message).toHaveLength(2_000)
})

test('control characters go, line breaks stay', () => {
  expect(fit({ ...notice, title: ' a\u0000\u001b[31mb\t', message: 'a\r\nb\u007f' })).toMatchObject({
    title: 'a [31mb',
    message: 'a \nb',
  })
})

test.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  '/a b',
  '',
  `/${'x'.repeat(500)}`,
])('a link that leaves the dashboard is left out: %s', (link) => {
  expect(fit({ ...notice, link })).not.toHaveProperty('link')
})

test.each(['"><img>', 'PI', '', 'x'.repeat(61)])('an icon that is no name is left out: %s', (icon) => {
  expect(fit({ ...notice, icon })).not.toHaveProperty('icon')
})

test.each(['', '1st', 'a b', '../etc', 'x'.repeat(101)])(
  'a key that is no name is left out, with its fields: %s',
  (key) => {
    expect(fit({ ...notice, key, fields: { a: 1 } })).toEqual(notice)
  },
)

test('fields are held to a number, a length and a name', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, i]))
  expect(Object.keys(fit({ ...notice, key: 'k', fields: many }).fields!)).toHaveLength(20)
  const odd = { 'a b': 1, __proto__x: 1, ['x'.repeat(41)]: 1, long: 'x'.repeat(600), line: 'a\u0000b' }
  const { fields } = fit({ ...notice, key: 'k', fields: odd })
  expect(fields).toEqual({ long: `${'x'.repeat(499)}…`, line: 'a b' })
  expect(fit({ ...notice, key: 'k' })).toEqual({ ...notice, key: 'k', fields: {} })
})

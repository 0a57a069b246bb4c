import { expect, test } from 'vitest'
import { fit } from './fit.ts'

const notice = { type: 'info', title: 'Title', message: 'Message' } as const

test('what fits stays as it is', () => {
  const whole = { ...notice, message: 'first line\nsecond', icon: 'pi pi-bell', link: '/campaigns?id=cmp_1#top' }
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

import { expect, test } from 'vitest'
import { capture } from '../testing/fake-world.ts'
import { showPairing } from './pairing-screen.ts'

const event = (type: string, data: object) => ({ id: 'evt_1', type, instance: 'shop', time: '', data })

test('on a terminal, a code is drawn to be scanned', async () => {
  const out = capture()
  await showPairing({ write: out.write, isTTY: true }, event('session.qr', { qr: '2@abc' }))
  expect(out.text).toContain('shop: scan this')
  expect(out.text).toMatch(/[▀▄█]/)
})

test('a code to type in is shown as it is', async () => {
  const out = capture()
  await showPairing({ write: out.write, isTTY: true }, event('session.pairing-code', { code: 'ABCD-1234' }))
  expect(out.text).toContain('shop: enter this code on the phone: ABCD-1234')
})

test('nowhere else is a code written, and nothing is made of other data', async () => {
  const out = capture()
  await showPairing({ write: out.write, isTTY: false }, event('session.qr', { qr: '2@abc' }))
  await showPairing({ write: out.write, isTTY: true }, event('session.qr', { qr: 5 }))
  expect(out.text).toBe('')
})

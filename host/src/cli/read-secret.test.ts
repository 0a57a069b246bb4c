import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { capture, fakeWorld } from '../testing/fake-world.ts'
import { askSecret, readSecret } from './read-secret.ts'

/** A person at a terminal: what they see, and what they type. */
function terminal() {
  const seen = capture()
  const input = new PassThrough()
  const output = new PassThrough()
  output.setEncoding('utf8').on('data', (text: string) => seen.write(text))
  return { input, output, seen, type: (keys: string) => input.write(keys) }
}

test('a secret is the first line of standard input, where nobody types', async () => {
  const world = (stdin: string) => fakeWorld([], { cwd: '/', stdin })
  expect(await readSecret(world('four words in a row\nand more\n'), 'Password', 'Again')).toBe('four words in a row')
  expect(await readSecret(world('no end of the line'), 'Password')).toBe('no end of the line')
  expect(await readSecret(world(''), 'Password')).toBe('')
})

test('typed, it is not shown, and asked for again until both are the same', async () => {
  const { seen, type, input, output } = terminal()
  const stdin = Object.assign(input, { isTTY: true, setRawMode: () => input })
  const asked = readSecret({ stdin, stderr: output }, 'Password', 'Again')
  await seen.seen(/Password/)
  type('one secret\r')
  await seen.seen(/Again/)
  type('another\r')
  await seen.seen(/The two differ.*Password/s)
  type('one secret\r')
  await seen.seen(/differ.*Password.*Again/s)
  type('one secret\r')
  expect(await asked).toBe('one secret')
  expect(seen.text).not.toMatch(/one secret|another/)
})

test('once is enough where nothing new is set', async () => {
  const { seen, type, input, output } = terminal()
  const asked = askSecret(['Password'], { input, output })
  await seen.seen(/Password/)
  type('one secret\r')
  expect(await asked).toBe('one secret')
})

test('Ctrl-C gives up', async () => {
  const { seen, type, input, output } = terminal()
  const asked = askSecret(['Password', 'Again'], { input, output })
  await seen.seen(/Password/)
  type('\u0003')
  await expect(asked).rejects.toMatchObject({ code: 'WAQ_ABORTED' })
})

import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { capture } from '../testing/fake-world.ts'
import { askWishes, type Readers } from './init-questions.ts'

const readers: Readers = {
  port(text) {
    if (!/^\d+$/.test(text)) throw new Error(`no port: '${text}'`)
    return Number(text)
  },
  country: (text) => text || undefined,
}

/** A person at a terminal: what they see, and what they type. */
function terminal() {
  const seen = capture()
  const input = new PassThrough()
  const output = new PassThrough()
  output.setEncoding('utf8').on('data', (text: string) => seen.write(text))
  return { input, output, seen: seen.seen, type: (keys: string) => input.write(keys) }
}

test('answers are read as they are given, and asked for again when they are wrong', async () => {
  const { seen, type, ...streams } = terminal()
  const asked = askWishes({ port: 80, country: undefined, key: true }, readers, streams)
  await seen(/Port to listen on/)
  type('x\r')
  await seen(/no port: '80x'/)
  type('\u007f80\r')
  await seen(/Country of phone numbers/)
  type('EG\r')
  await seen(/Make an API key/)
  type('n')
  expect(await asked).toEqual({ port: 8080, country: 'EG', key: false })
})

test('Ctrl-C gives up', async () => {
  const { seen, type, ...streams } = terminal()
  const asked = askWishes({ port: 8080, country: undefined, key: true }, readers, streams)
  await seen(/Port to listen on/)
  type('\u0003')
  expect(await asked).toBeUndefined()
})

import { defineDisclosure } from '@waqtor/contracts'
import { CommandCompleted, definePlugin, z } from '@waqtor/kernel'
import { expect, it } from 'vitest'
import { startRest } from './fixtures/start-rest.ts'
import { listThings, Moved, record } from './fixtures/things.ts'

it('a stream shows what a command shows once that was run for its client, and runs it once', async () => {
  let move = (_n: number): void => {}
  const mover = definePlugin({
    name: 'mover',
    config: z.object({}),
    contributes: [defineDisclosure(Moved, listThings)],
    setup(ctx) {
      move = (n) => ctx.emit(Moved, { n }, 'default')
    },
  })
  await using rest = await startRest({ more: [mover()] })
  await record(rest, 'default', 0)
  const leaving = new AbortController()
  const { body, status } = await fetch(`${rest.url}/events/stream`, {
    headers: { 'X-API-Key': rest.admin },
    signal: leaving.signal,
  })
  expect(status).toBe(200)
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const heard = async (what: string) => {
    while (!text.includes(what)) text += (await reader.read()).value ?? expect.fail('the stream has ended')
  }
  await heard(':\n\n')
  for (const n of [1, 2]) {
    move(n)
    await heard(`"data":{"n":${n}}`)
  }
  leaving.abort()
  const completed = rest.test.events.filter(({ type }) => type === CommandCompleted.id).map(({ data }) => data)
  const looks = completed.filter((it) => (it as { command: string }).command === listThings.id)
  expect(looks).toEqual([expect.objectContaining({ via: 'rest' })])
})

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { makeProject } from '../testing/project.ts'
import { createHttpClient } from './http-client.ts'

type Answer = (request: IncomingMessage & { readonly text: string }, response: ServerResponse) => void

/** A host that answers as the test says. */
async function hostOf(answer: Answer): Promise<string> {
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    answer(Object.assign(request, { text }), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

function clientOf(address: string, signal = new AbortController().signal) {
  const project = makeProject({ 'local-key': 'waq_secret\n' })
  onTestFinished(() => project[Symbol.dispose]())
  return createHttpClient({ address, dataDirectory: project.directory, signal })
}

test('a call carries the key of the data directory, the input and the idempotency key', async () => {
  const address = await hostOf(({ url, method, headers, text }, response) => {
    response.end(
      JSON.stringify({ url, method, key: headers['x-api-key'], idempotency: headers['idempotency-key'], text }),
    )
  })
  await using client = clientOf(address)
  expect(await client.execute('messages.sendText', { text: 'x' }, { idempotencyKey: 'k1' })).toEqual({
    url: '/api/v2/commands/messages.sendText',
    method: 'POST',
    key: 'waq_secret',
    idempotency: 'k1',
    text: '{"text":"x"}',
  })
  expect(await client.execute('a.b', undefined)).toMatchObject({ text: '{}' })
})

test('an empty answer is nothing', async () => {
  await using client = clientOf(await hostOf((_, response) => response.writeHead(204).end()))
  expect(await client.execute('a.b', {})).toBeUndefined()
})

test('a problem document becomes the error that it was', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Bad',
    status: 400,
    code: 'input_invalid',
    detail: 'the input is wrong',
    errors: [{ path: 'to', message: 'm' }],
  }
  await using client = clientOf(await hostOf((_, response) => response.writeHead(400).end(JSON.stringify(problem))))
  await expect(client.execute('a.b', {})).rejects.toMatchObject({
    code: 'WAQ_INPUT_INVALID',
    status: 400,
    message: 'the input is wrong',
    details: { errors: [{ path: 'to', message: 'm' }] },
  })
})

test.each(['not JSON', '', '[]', '{"title":"x"}'])('any other answer (%s) is told with its status', async (text) => {
  await using client = clientOf(await hostOf((_, response) => response.writeHead(502).end(text)))
  await expect(client.execute('a.b', {})).rejects.toMatchObject({
    code: 'WAQ_HOST_UNREACHABLE',
    message: "the running host answered 'a.b' with status 502",
  })
})

test('a host that does not answer is told', async () => {
  await using client = clientOf('http://127.0.0.1:1')
  await expect(client.execute('a.b', {})).rejects.toMatchObject({
    code: 'WAQ_HOST_UNREACHABLE',
    message: expect.stringMatching(/does not answer at http:\/\/127\.0\.0\.1:1: /),
  })
})

test('a host that goes in the middle of its answer is told', async () => {
  const address = await hostOf((_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{', () => response.destroy())
  })
  await using client = clientOf(address)
  await expect(client.execute('a.b', {})).rejects.toMatchObject({ code: 'WAQ_HOST_UNREACHABLE' })
})

test('a stop ends the wait for an answer', async () => {
  const asked = Promise.withResolvers<void>()
  const address = await hostOf(() => asked.resolve())
  const stop = new AbortController()
  const own = new AbortController()
  for (const [controller, options] of [
    [stop, {}],
    [own, { signal: own.signal }],
  ] as const) {
    await using client = clientOf(address, controller === stop ? stop.signal : undefined)
    const answer = client.execute('a.b', {}, options)
    await asked.promise
    controller.abort()
    await expect(answer).rejects.toMatchObject({ code: 'WAQ_ABORTED' })
  }
})

test('a data directory without a key is told', () => {
  using project = makeProject()
  expect(() =>
    createHttpClient({ address: 'http://x', dataDirectory: project.directory, signal: new AbortController().signal }),
  ).toThrow('has left no key for the command line')
})

/** Every operation of the OpenAPI document is shown with an example, and every example does what the document says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleOf, hasExample, operationsOf, promised, requestOf } from './openapi-request.ts'
import { type Stock, startStock } from './stock.ts'
import { executedElsewhere, Seeds } from './stock-seeds.ts'

let stock: Stock
let seeds: Seeds
// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
let document: any

beforeAll(async () => {
  // Accounts wait for their phone until somebody scans: some examples are about that.
  // Passwords are hashed quickly, for nobody guesses here.
  const options = { 'transport-simulator': { autoPair: false }, auth: { passwordCost: 14 } }
  stock = await startStock({ options })
  seeds = new Seeds(stock)
  document = (await stock.ask('/api/v2/openapi.json')).body
})
afterAll(() => stock[Symbol.asyncDispose]())

describe('the OpenAPI document', () => {
  it('has every command in it', () => {
    const shown = new Set(operationsOf(document).map((it) => it.id))
    const commands = stock.test.kernel.commands.list().map((it) => it.id)
    expect(commands.filter((it) => !shown.has(it))).toEqual([])
    expect(commands.length).toBeGreaterThan(80)
  })

  it('shows an example of every operation: give the command `hints.example`', () => {
    const without = operationsOf(document).filter((it) => !hasExample(it))
    expect(without.map((it) => it.id)).toEqual([])
    const commands = stock.test.kernel.commands.list().filter((it) => it.hints?.example === undefined)
    expect(commands.map((it) => it.id)).toEqual([])
  })

  it('shows an answer of every operation that has one, as its schema allows', () => {
    const wrong = operationsOf(document).flatMap((operation) => {
      const { id, spec } = operation
      if (id === 'rest.runCommand' || id === 'rest.openapi') return []
      const [status] = Object.keys(spec.responses)
      const shown = spec.responses[status!].content?.['application/json']
      if (!shown) return []
      const { schema } = promised(operation, Number(status), document)
      if (shown.example === undefined) return [`${id} shows none: give a schema of its output \`.meta({ examples })\``]
      return schema!.safeParse(shown.example).success ? [] : [`${id} shows another one`]
    })
    expect(wrong).toEqual([])
  })

  it('says what an example answers, and that is what it answers', async () => {
    const wrong: string[] = []
    const operations = operationsOf(document)
    for (const operation of operations) {
      const { id, spec } = operation
      if (id in executedElsewhere) continue
      const fields = await seeds.prepare(id, exampleOf(operation))
      const { path, ...request } = requestOf(operation, fields)
      const answer = await stock.ask(`/api/v2${path}`, { ...request, ...(await seeds.asking(id)) })
      const good = Object.keys(spec.responses).filter((it) => it !== 'default')
      const { type, schema } = promised(operation, answer.status, document)
      const problem = !good.includes(String(answer.status))
        ? `status ${answer.status}: ${answer.text.slice(0, 600)}`
        : type && !answer.headers.get('content-type')?.startsWith(type)
          ? `type ${answer.headers.get('content-type')}`
          : schema?.safeParse(answer.body).error?.message
      if (problem) wrong.push(`${id} ${request.method} ${path}: ${problem}`)
    }
    expect(wrong.join('\n')).toBe('')
    expect(operations.length).toBeGreaterThan(80)
  })

  it('shows how to follow the stream of events', async () => {
    const operation = operationsOf(document).find((it) => it.id === 'rest.streamEvents')!
    const { path } = requestOf(operation, exampleOf(operation))
    const leaving = new AbortController()
    const headers = { 'X-API-Key': stock.admin }
    const { status, headers: answered } = await fetch(`${stock.address}/api/v2${path}`, {
      headers,
      signal: leaving.signal,
    })
    leaving.abort()
    expect([status, answered.get('content-type')]).toEqual([200, promised(operation, 200, document).type])
  })
})

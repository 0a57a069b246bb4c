import { definePlugin, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { openApi } from './contract.ts'
import { startRest } from './fixtures/start-rest.ts'
import { createThing, getThing, growTree } from './fixtures/things.ts'
import { describe as describeSchema } from './json-schema.ts'
import { operationOf } from './operation.ts'

type Json = Readonly<Record<string, unknown>>

/** Every `$ref` in a document. */
function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : references(value),
  )
}

function at(document: unknown, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce((node, key) => (node as Json | undefined)?.[key], document)
}

function operations(document: { paths: Record<string, Record<string, Json>> }) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
}

describe('GET /openapi.json', () => {
  it('describes every command, each once, with all that it refers to', async () => {
    await using it = await startRest()
    const { body } = await it.ask('/openapi.json')
    const all = operations(body)
    const ids = all.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(it.test.kernel.commands.list().map((command) => command.id)))
    for (const reference of references(body)) expect(at(body, reference), reference).toBeDefined()
    for (const { path, operation } of all) {
      const declared = ((operation.parameters ?? []) as { in: string; name: string; required: boolean }[])
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => {
          expect(parameter.required).toBe(true)
          return parameter.name
        })
      expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))
      expect(operation.responses).toHaveProperty('default')
    }
    expect(body.info).toMatchObject({ title: 'WaQtor', version: '1.2.3' })
    expect(JSON.stringify(body)).not.toContain('$schema')
  })

  it('leaves out what the key may not use', async () => {
    await using it = await startRest()
    const { key } = await it.key(['things:read'], ['shop'])
    const { body } = await it.ask('/openapi.json', { key })
    expect(operations(body).map(({ operation }) => operation.operationId)).toEqual(
      expect.arrayContaining(['things.get', 'things.list', 'things.preview', 'things.greet', 'rest.runCommand']),
    )
    expect(JSON.stringify(body)).not.toMatch(/keys:|things:write|system\.|hidden|events:read/)
    expect(Object.keys(body['x-waqtor-events'])).toEqual(['thing.happened', 'thing.moved'])
  })

  it('needs a key', async () => {
    await using it = await startRest()
    expect((await it.ask('/openapi.json', { key: null })).status).toBe(401)
  })

  it('is the same, byte for byte, in whatever order the plugins come', async () => {
    await using one = await startRest()
    const text = (await one.ask('/openapi.json')).text
    expect((await one.ask('/openapi.json')).text).toBe(text)
    await using other = await startRest({ reverse: true })
    expect((await other.ask('/openapi.json')).text).toBe(text)
    expect(JSON.stringify(await other.test.run(openApi, {}))).toBe(text)
  })

  it('follows the plugins', async () => {
    const late = definePlugin({
      name: 'late',
      config: z.object({}),
      setup(ctx) {
        ctx.handle({ ...getThing, id: 'late.get', http: { method: 'GET', path: '/late/{id}' } }, (input) => input)
      },
    })
    await using it = await startRest()
    const paths = async () => Object.keys((await it.ask('/openapi.json')).body.paths)
    const page = async () => (await it.ask('/reference')).text
    expect(await paths()).not.toContain('/late/{id}')
    expect(await page()).not.toContain('late.get')
    await it.test.kernel.reload([...it.entries, late()])
    expect(await paths()).toContain('/late/{id}')
    expect(await page()).toContain('late.get')
    await it.test.kernel.reload(it.entries)
    expect(await paths()).not.toContain('/late/{id}')
  })
})

describe('an operation', () => {
  it('of a route with a body has the path apart from the body', () => {
    expect(operationOf(createThing)).toMatchObject({
      method: 'post',
      path: '/things',
      operation: {
        operationId: 'things.create',
        tags: ['things'],
        parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1 } } },
              example: { name: "a 'thing'", tags: ['x'] },
            },
          },
        },
        responses: { '201': { content: { 'application/json': { schema: { type: 'object' } } } } },
        'x-waqtor': { permission: 'things:write', scope: 'instance', idempotent: true },
      },
    })
  })

  it('of a route without a body has its fields in the path and in the query', () => {
    const { operation } = operationOf(getThing)
    expect(operation.requestBody).toBeUndefined()
    expect(operation.parameters).toEqual([
      { name: 'id', in: 'path', required: true, description: 'Which one', schema: expect.anything(), example: 7 },
      { name: 'instance', in: 'query', required: false, description: expect.any(String), schema: expect.anything() },
      { name: 'deep', in: 'query', required: false, schema: { type: 'boolean', default: false }, example: true },
      { name: 'parts', in: 'query', required: false, schema: expect.anything(), style: 'form', explode: false },
    ])
  })

  it('of a command without a route stands under its id, and shapes that lead back to themselves have a name', () => {
    const { path, operation, named } = operationOf(growTree)
    expect(path).toBe('/commands/things.grow')
    expect(operation.responses[200]).toEqual({
      description: 'Done',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/things.grow.output' } } },
    })
    expect(named['things.grow.output']).toMatchObject({
      properties: { children: { items: { $ref: '#/components/schemas/things.grow.output' } } },
    })
    for (const reference of references([operation, named]).filter((it) => it.includes('/schemas/')))
      expect(named).toHaveProperty([reference.slice('#/components/schemas/'.length)])
  })
})

describe('a schema', () => {
  it('with a name of its own keeps it', () => {
    const Named = z.string().meta({ id: 'RestTestNamed' })
    expect(describeSchema(z.object({ a: Named, b: Named }), 'output', 'x')).toEqual({
      schema: {
        type: 'object',
        properties: {
          a: { $ref: '#/components/schemas/RestTestNamed' },
          b: { $ref: '#/components/schemas/RestTestNamed' },
        },
        required: ['a', 'b'],
        additionalProperties: false,
      },
      named: { RestTestNamed: { type: 'string' } },
    })
  })
})

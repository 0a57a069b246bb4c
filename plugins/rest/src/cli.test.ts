import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCli } from '@waqtor/contracts/testing'
import { describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { startRest } from './fixtures/start-rest.ts'

/** What `waqtor openapi …` says, writes and answers. */
async function openapi(argv: readonly string[]) {
  await using it = await startRest()
  const folder = await mkdtemp(join(tmpdir(), 'waqtor-openapi-'))
  try {
    const resolvePath = (path: string) => join(folder, path)
    const { io, printed, noted } = testCli(it.test.kernel, { dataDirectory: folder, resolvePath })
    const connected: unknown[] = []
    const connect: typeof io.connect = (options) => {
      connected.push(options)
      return io.connect()
    }
    const code = await run(argv, { ...io, connect })
    const file = await readFile(join(folder, 'api.json'), 'utf8').catch(() => undefined)
    return { code, printed, noted, connected, file, served: (await it.ask('/openapi.json')).body }
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('waqtor openapi', () => {
  it('prints the document of the config, made without the data of any host', async () => {
    const { code, printed, connected, served } = await openapi([])
    expect([code, connected]).toEqual([0, [{ ephemeral: true }]])
    expect(JSON.parse(printed.join('\n'))).toEqual(served)
  })

  it('writes it to a file', async () => {
    const { code, printed, file, served, noted } = await openapi(['--out', 'api.json'])
    expect([code, printed, noted.length]).toEqual([0, [], 1])
    expect(JSON.parse(file!)).toEqual(served)
    expect(file).toBe(`${JSON.stringify(served, null, 2)}\n`)
  })

  it('shows how it is written when asked', async () => {
    const { code, printed } = await openapi(['--help'])
    expect([code, printed]).toEqual([0, ['waqtor openapi [--out <file>]']])
  })

  it.each([[['--out']], [['--uot', 'x']], [['x']]])('says how %j is written', async (argv) => {
    const { code, printed, noted, connected } = await openapi(argv)
    expect([code, printed, connected]).toEqual([2, [], []])
    expect(noted.at(-1)).toBe('waqtor openapi [--out <file>]')
  })
})

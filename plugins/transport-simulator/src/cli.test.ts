import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { testCli } from '@waqtor/contracts/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cli } from './cli.ts'
import { ask } from './remote/ask.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-cli-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function terminal(json = false) {
  const abort = new AbortController()
  const first = Promise.withResolvers<string>()
  const resolvePath = (path: string) => resolve(directory, path)
  const { io, printed, noted } = testCli(undefined, {
    json,
    dataDirectory: directory,
    resolvePath,
    signal: abort.signal,
  })
  const print = (line: string) => {
    io.print(line)
    first.resolve(line)
  }
  return { io: { ...io, print }, printed, noted, first: first.promise, stop: () => abort.abort() }
}

describe('waqtor simulator', () => {
  it('says where it listens, serves, and stops when it is told to', async () => {
    const { io, first, stop, noted } = terminal()
    const run = cli.run(
      ['--listen', '127.0.0.1:0', '--log', 'network.jsonl', '--unregistered', '+20 100 000 0001,'],
      io,
    )
    const address = (await first).replace('simulator listening on ', '')
    expect(await ask(address, '/health')).toMatchObject({ status: 'ok' })
    expect(await readFile(join(directory, 'network.jsonl'), 'utf8')).toBe('')
    stop()
    expect(await run).toBe(0)
    await expect(ask(address, '/health')).rejects.toMatchObject({ code: 'WAQ_SIMULATOR_UNREACHABLE' })
    expect(noted).toEqual([])
  })

  it('tells programs in JSON', async () => {
    const { io, first, stop } = terminal(true)
    const run = cli.run(['--listen', ':0'], io)
    expect(JSON.parse(await first)).toEqual({
      listening: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      log: null,
    })
    stop()
    expect(await run).toBe(0)
  })

  it('warns when others can reach it', async () => {
    const { io, first, stop, noted } = terminal()
    const run = cli.run(['--listen', '0.0.0.0:0'], io)
    await first
    stop()
    expect(await run).toBe(0)
    expect(noted.join()).toMatch(/anybody who reaches/)
  })

  it('explains itself', async () => {
    const { io, printed } = terminal()
    expect(await cli.run(['--help'], io)).toBe(0)
    expect(printed.join()).toContain('--listen <host:port>')
  })

  it('says what is wrong with its arguments', async () => {
    for (const [argv, reason] of [
      [['--port', '1'], /--port/],
      [['positional'], /positional/],
      [['--listen', 'nowhere'], /127\.0\.0\.1:9180/],
      [['--log', ''], /--log needs/],
      [['--unregistered', '12'], /'12' is not a phone number/],
    ] as const) {
      const { io, noted } = terminal()
      expect(await cli.run(argv, io), argv.join(' ')).toBe(2)
      expect(noted.join()).toMatch(reason)
    }
  })

  it('says why it cannot start', async () => {
    const taken = terminal(true)
    const run = cli.run(['--listen', '127.0.0.1:0'], taken.io)
    const { listening } = JSON.parse(await taken.first) as { listening: string }
    const second = terminal()
    expect(await cli.run(['--listen', new URL(listening).host], second.io)).toBe(1)
    expect(second.noted.join()).toMatch(/port \d+ is taken/)
    taken.stop()
    await run
    const third = terminal()
    expect(await cli.run(['--listen', '127.0.0.1:0', '--log', '.'], third.io)).toBe(1)
    expect(third.noted.join()).toMatch(/is '\.' a file/)
    const fourth = terminal()
    expect(await cli.run(['--listen', '192.0.2.1:0'], fourth.io)).toBe(1)
    expect(fourth.noted.join()).toMatch(/EADDRNOTAVAIL/)
  })

  it('stops cleanly at SIGTERM and at SIGINT', async () => {
    const program = fileURLToPath(new URL('./testing/run-cli.ts', import.meta.url))
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const child = spawn(process.execPath, [program, '--listen', '127.0.0.1:0'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exit = once(child, 'exit')
      await once(child.stdout, 'data')
      child.kill(signal)
      expect(await exit, signal).toEqual([0, null])
    }
  })
})

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import { systemPrincipal } from '@waqtor/kernel'
import { FakeTransport, type MailKernel, mailKernel } from '@waqtor/plugin-messages/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Campaign } from '../contract.ts'
import campaigns from '../index.ts'
import { bar } from './follow.ts'
import { run } from './index.ts'

let directory: string
let test: MailKernel
let network: FakeTransport
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-cli-'))
  test = await mailKernel({ directory, plugins: [campaigns()] })
  network = new FakeTransport()
  test.account.connect(network)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

interface Outcome {
  readonly code: number
  readonly printed: readonly string[]
  readonly noted: readonly string[]
}

async function campaign(argv: readonly string[], more: Partial<CliIo> = {}): Promise<Outcome> {
  const printed: string[] = []
  const noted: string[] = []
  const client: CommandClient = {
    execute: (command, input, options) =>
      test.kernel.commands.execute(command, input, { ...options, principal: systemPrincipal, via: 'cli' }),
    async [Symbol.asyncDispose]() {},
  }
  const io: CliIo = {
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    json: false,
    interactive: false,
    env: {},
    resolvePath: (path) => join(directory, path),
    dataDirectory: directory,
    signal: new AbortController().signal,
    connect: async () => client,
    ...more,
  }
  return { code: await run(argv, io), printed, noted }
}

const csv = (text: string) => writeFile(join(directory, 'people.csv'), text)

describe('waqtor campaign run', () => {
  it('sends to every good line and reports the bad ones by number, on the screen and in a file', async () => {
    await csv('name,phone\nMona,+201001234567\nمنى,+966501234567\nNobody,12\nAgain,00201001234567\nShort\n')
    const { code, printed, noted } = await campaign(['run', 'people.csv', '--template', 'Hello {{name}}'])
    expect(network.accepted.map((it) => it.message.body)).toEqual(['Hello Mona', 'Hello منى'])
    expect(noted[0]).toBe('2 recipients, 1 duplicates folded, 2 lines that cannot be used')
    expect(noted[1]).toContain('line 4: 12: ')
    expect(noted[2]).toContain('line 6: Short: the line has 1 fields, the header has 2')
    expect(await readFile(join(directory, 'people.errors.csv'), 'utf8')).toMatch(/^line,value,reason\r?\n4,12,/)
    expect(printed[0]).toMatch(/^completed in /)
    expect(printed[1]).toContain('2 recipients: 2 sent')
    expect(code).toBe(0)
  })

  it('answers with JSON', async () => {
    await csv('phone\n201001234567\n')
    const { printed, code } = await campaign(['run', 'people.csv', '-t', 'Hi', '--name', 'Mine', '--in-flight', '3'], {
      json: true,
    })
    expect(JSON.parse(printed.at(-1)!)).toMatchObject({
      name: 'Mine',
      status: 'completed',
      sent: 1,
      pacing: { inFlight: 3 },
      rejected: [],
    })
    expect(code).toBe(0)
  })

  it('sends nothing when no line is good, and leaves no empty campaign behind', async () => {
    await csv('phone\n12\n13\n')
    const { code, noted } = await campaign(['run', 'people.csv', '-t', 'Hi'])
    expect(code).toBe(1)
    expect(noted.at(-1)).toContain('nothing is sent')
    expect((await campaign(['list'])).printed[0]).toContain('no campaigns yet')
  })

  it('lets go at Ctrl-C and says how to go on; the campaign runs on', async () => {
    await csv('phone\n201001234567\n')
    test.account.disconnect()
    const stop = new AbortController()
    stop.abort()
    const { noted, code } = await campaign(['run', 'people.csv', '-t', 'Hi'], { signal: stop.signal })
    expect(noted.at(-1)).toMatch(/goes on while a host runs. Pause it with: waqtor campaign pause cmp_/)
    expect(code).toBe(1)
  })

  it.each([
    [['run'], /the CSV file is missing/],
    [['run', 'people.csv'], /--template is missing/],
    [['run', 'none.csv', '-t', 'x'], /'.*none.csv' cannot be read/],
    [['run', 'a.csv', 'b.csv', '-t', 'x'], /one argument too many: 'b.csv'/],
    [['run', 'people.csv', '-t', 'x', '--in-flight', 'many'], /--in-flight takes a whole number, not 'many'/],
    [['run', 'people.csv', '--tempalte', 'x'], /tempalte/],
    [['fly'], /there is no 'campaign fly'/],
  ])('says what is wrong with %j', async (argv, message) => {
    const { code, noted } = await campaign(argv)
    expect(code).toBe(2)
    expect(noted[0]).toMatch(message)
  })

  it('shows its usage when asked', async () => {
    const { code, printed } = await campaign(['--help'])
    expect(code).toBe(0)
    expect(printed[0]).toContain('waqtor campaign run <file.csv>')
  })
})

describe('waqtor campaign list, status, pause, resume, cancel', () => {
  it('show and steer a campaign', async () => {
    test.account.disconnect()
    await csv('phone\n201001234567\n')
    const stop = new AbortController()
    stop.abort()
    await campaign(['run', 'people.csv', '-t', 'Hi'], { signal: stop.signal })
    const list = await campaign(['list'])
    const id = list.printed[0]!.split(' ')[0]!
    expect(list.printed[0]).toMatch(/^cmp_\w+ {2}running .* 0 \/ 1 .*people\.csv$/)
    expect((await campaign(['pause', id])).printed).toEqual([`${id} is paused`])
    expect((await campaign(['status', id])).printed[1]).toContain('paused (by request)')
    expect((await campaign(['resume', id], { json: true })).printed).toEqual([
      JSON.stringify({ campaignId: id, status: 'running' }),
    ])
    expect((await campaign(['cancel', id])).printed).toEqual([`${id} is cancelled`])
    expect(JSON.parse((await campaign(['status', id], { json: true })).printed[0]!)).toMatchObject({
      status: 'cancelled',
    })
    expect(JSON.parse((await campaign(['list'], { json: true })).printed[0]!)).toHaveLength(1)
    expect((await campaign(['pause'])).noted[0]).toContain('the id of the campaign is missing')
  })
})

describe('the progress bar', () => {
  const at = (done: number, queued: number, held = 0) => ({ total: done + queued + held, queued, held }) as Campaign
  it('shows how far it is, how fast, and how long it takes', () => {
    expect(bar(at(50, 50), 10)).toBe(`${'█'.repeat(14)}${'░'.repeat(14)}  50 / 100 · 5/s · 10 s left`)
    expect(bar(at(10, 0, 2), 10)).toContain('10 / 12 · 1/s · 2 held')
    expect(bar(at(0, 0), 0)).toContain('0 / 0 · 0/s')
  })
})

import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import { testCli } from '@waqtor/contracts/testing'
import { systemPrincipal, WaqtorError } from '@waqtor/kernel'
import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { writeTable } from '@waqtor/tabular'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Campaign } from '../contract.ts'
import { type CampaignKernel, campaignKernel, eventually, number } from '../fixtures/campaign-kernel.ts'
import { bar, nextSteps } from './follow.ts'
import { run } from './index.ts'

let directory: string
let test: CampaignKernel
let network: FakeTransport
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-cli-'))
  test = await campaignKernel({ messages: { patienceMs: 1 } })
  network = new FakeTransport()
  test.account.connect(network)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

interface Outcome {
  readonly code: number
  /** Standard output. */
  readonly out: string
  /** Standard error. */
  readonly err: string
}

async function campaign(argv: readonly string[], more: Partial<CliIo> = {}): Promise<Outcome> {
  const resolvePath = (path: string) => join(directory, path)
  const { io, printed, noted } = testCli(test.kernel, { dataDirectory: directory, resolvePath, ...more })
  return { code: await run(argv, io), out: printed.join('\n'), err: noted.join('\n') }
}

const json = async (...argv: string[]) => {
  const { out } = await campaign(argv, { json: true })
  return JSON.parse(out.split('\n').at(-1)!)
}
const file = (name: string, text: string) => writeFile(join(directory, name), text)
const people = (count: number) =>
  `phone,name\n${Array.from({ length: count }, (_, i) => `${number(i)},N${i}`).join('\n')}\n`
const left = async () =>
  (await test.kernel.commands.execute('files.list', {}, { principal: systemPrincipal, via: 'cli' })) as {
    items: unknown[]
  }
/** The client of the kernel, which does something before each call. */
function clientThat(before: (command: string) => unknown, signal = new AbortController().signal): CommandClient {
  return {
    async execute(command, input) {
      before(command)
      return test.kernel.commands.execute(command, input, { principal: systemPrincipal, via: 'cli', signal })
    },
    async [Symbol.asyncDispose]() {},
  }
}
/** A draft of three; answers its id. */
const draft = async (...more: string[]): Promise<string> => {
  await file('people.csv', people(3))
  return (await json('create', 'people.csv', '-t', 'Hi {{name}}', ...more)).campaignId
}

describe('waqtor campaign run', () => {
  it('sends to every good line, and leaves the bad ones in a file that can be corrected and used again', async () => {
    await file(
      'people.csv',
      'name,phone\nMona,+201001234567\nمنى,+966501234567\nNobody,12\nAgain,00201001234567\nShort\n',
    )
    const { code, out, err } = await campaign(['run', 'people.csv', '--template', 'Hello {{name}}'])
    expect(network.accepted.map((it) => it.message.body)).toEqual(['Hello Mona', 'Hello منى'])
    expect(err).toContain('2 recipients, 1 duplicate folded, 2 lines that cannot be used')
    expect(err).toContain('line 4: 12: ')
    expect(err).toMatch(/line 6: Short: /)
    expect(err).toContain(`all of them, to correct and use again: ${join(directory, 'people.errors.csv')}`)
    expect(out).toMatch(/^completed in /)
    expect(out).toContain('2 recipients: 2 sent')
    expect(out).toMatch(/waqtor campaign export cmp_\w+ {3}lists what became of each/)
    expect(code).toBe(0)
    expect((await left()).items).toEqual([])

    const mended = (await readFile(join(directory, 'people.errors.csv'), 'utf8')).replace(
      'Nobody,12',
      `Omar,${number(5)}`,
    )
    await file('people.errors.csv', mended)
    expect((await campaign(['run', 'people.errors.csv', '-t', 'Hello {{name}}'])).code).toBe(0)
    expect(network.accepted.at(-1)!.message.body).toBe('Hello Omar')
  })

  it('takes XLSX and JSON as well', async () => {
    await writeTable(join(directory, 'people.xlsx'), 'xlsx', ['phone', 'name'], [[number(1), 'Mona']])
    await file('people.json', JSON.stringify([{ phone: number(2), name: 'Omar' }]))
    for (const it of ['people.xlsx', 'people.json'])
      expect((await campaign(['run', it, '-t', 'Hi {{name}}'])).code).toBe(0)
    expect(network.accepted.map((it) => it.message.body)).toEqual(['Hi Mona', 'Hi Omar'])
  })

  it('answers with JSON', async () => {
    await file('people.csv', people(1))
    expect(await json('run', 'people.csv', '-t', 'Hi', '--name', 'Mine', '--in-flight', '3')).toMatchObject({
      name: 'Mine',
      status: 'completed',
      sent: 1,
      pacing: { inFlight: 3 },
      rejected: [],
      rejectedCount: 0,
    })
  })

  it.each(['Hi {{first.name}}', 'Hi {{name}'])('sends no text with braces to everybody: %s', async (text) => {
    await file('people.csv', people(2))
    const { code, out, err } = await campaign(['run', 'people.csv', '-t', text])
    expect(err).toMatch(/line 1, column 4: \S/)
    const id = /^(cmp_\w+) is left a draft/.exec(out)![1]!
    expect(out).toContain(`waqtor campaign start ${id} `)
    expect(code).toBe(1)
    expect(network.accepted).toEqual([])
    expect((await campaign(['preview', id])).err).toMatch(/line 1, column 4: \S/)
    expect(await json('run', 'people.csv', '-t', text)).toMatchObject({ status: 'draft', warnings: [{ line: 1 }] })
    await campaign(['start', id])
    await eventually(() => expect(network.accepted).toHaveLength(2))
  })

  it('sends nothing when no line is good, and leaves no empty campaign behind', async () => {
    await file('people.csv', 'phone\n12\n13\n')
    const { code, err } = await campaign(['run', 'people.csv', '-t', 'Hi'])
    expect(code).toBe(1)
    expect(err).toContain('no line of the file can be used: no campaign is made and nothing is sent')
    expect((await campaign(['list'])).out).toContain('no campaigns yet')
    expect((await campaign(['create', 'people.csv', '-t', 'Hi'])).code).toBe(1)
    expect((await left()).items).toEqual([])
  })

  it('lets go at Ctrl-C and says how to go on; the campaign runs on', async () => {
    await file('people.csv', people(1))
    test.account.disconnect()
    const stop = new AbortController()
    const going = campaign(['run', 'people.csv', '-t', 'Hi'], { signal: stop.signal })
    await eventually(async () => expect(await json('list')).toMatchObject([{ status: 'running' }]))
    stop.abort()
    const { out, code } = await going
    expect(out).toMatch(/cmp_\w+ goes on while a host runs/)
    expect(out).toMatch(/waqtor campaign pause cmp_\w+ {3}stops it/)
    expect(code).toBe(1)
    expect(await json('list')).toMatchObject([{ status: 'running' }])
  })

  it('says so as well where Ctrl-C ends every call of the client, whenever it is pressed', async () => {
    await file('people.csv', people(1))
    test.account.disconnect()
    for (const last of ['campaigns.start', 'campaigns.get']) {
      const stop = new AbortController()
      const { code, out } = await campaign(['run', 'people.csv', '-t', 'Hi'], {
        signal: stop.signal,
        connect: async () => clientThat((command) => command === last && stop.abort(), stop.signal),
      })
      expect(out).toMatch(/^cmp_\w+ is made, and may be started\n|^cmp_\w+ is started, and goes on while a host runs\n/)
      expect(out).toMatch(/waqtor campaign status cmp_\w+ {3}shows how far it is/)
      expect(code).toBe(1)
    }
  })

  it('says what becomes of the campaign when the host dies, on a line of its own', async () => {
    await file('people.csv', people(1))
    test.account.disconnect()
    const written: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
    let looks = 0
    const connect = async () =>
      clientThat((command) => {
        if (command === 'campaigns.get' && ++looks === 2)
          throw new WaqtorError('WAQ_HOST_UNREACHABLE', 'the running host does not answer', { status: 503 })
      })
    await expect(campaign(['run', 'people.csv', '-t', 'Hi'], { connect, interactive: true })).rejects.toMatchObject({
      code: 'WAQ_HOST_UNREACHABLE',
      message: expect.stringMatching(
        /^the running host does not answer\. Nothing is lost: campaign '(cmp_\w+)' goes on at the next start of the host; `waqtor campaign status \1`/,
      ),
    })
    expect(written.at(-1)).toBe('\n')
  })

  it('goes to an audience, however that is written', async () => {
    test.people.audiences.set('shop', [test.people.add(number(1), { name: 'Mona' })])
    for (const it of [['--audience', 'shop'], ['--audience=shop']])
      expect((await campaign(['run', ...it, '-t', 'Hi {{name}}'])).code).toBe(0)
    expect(network.accepted.map((it) => it.message.body)).toEqual(['Hi Mona', 'Hi Mona'])
  })

  it('waits for its time where one is given', async () => {
    await file('people.csv', people(1))
    const at = ['--at', '2030-12-24T09:00', '--zone', 'Asia/Riyadh', '--late', 'skip']
    const { out, code } = await campaign(['run', 'people.csv', '-t', 'Hi', ...at])
    expect(out).toMatch(/^cmp_\w+ is scheduled: it starts by itself while a host runs$/)
    expect(code).toBe(0)
    expect(await json('list')).toMatchObject([{ status: 'scheduled', scheduleAt: Date.parse('2030-12-24T06:00:00Z') }])
  })

  it('says what to do when it pauses, and ends with 1', async () => {
    await file('people.csv', people(20))
    network.behaviour = () => ({ do: 'reject', failure: 'refused' })
    const { out, code } = await campaign(['run', 'people.csv', '-t', 'Hi'])
    expect(out).toContain('paused (5 sends in a row failed)')
    expect(out).toMatch(/waqtor campaign resume cmp_\w+ {3}goes on/)
    expect(code).toBe(1)
  })

  it('draws a bar on a terminal, and says in words why nothing happens where there is none', async () => {
    await file('people.csv', people(3))
    const written: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
    await campaign(['run', 'people.csv', '-t', 'Hi'], { interactive: true })
    expect(written.join('')).toContain('3 / 3')
    const stop = new AbortController()
    const night = new Date(Date.now() + 6 * 3_600_000).toISOString().slice(11, 16)
    const hours = `${night}-${new Date(Date.now() + 7 * 3_600_000).toISOString().slice(11, 16)}@UTC`
    const going = campaign(['run', 'people.csv', '-t', 'Hi', '--hours', hours], {
      signal: stop.signal,
      note: (line) => {
        if (line.startsWith('waits until')) stop.abort()
      },
    })
    expect((await going).code).toBe(1)
  })
})

describe('waqtor campaign create', () => {
  it('makes a draft of everything it is told, and says what comes next', async () => {
    await file('people.csv', people(2))
    await file('hello.ar.txt', 'أهلا {{name}}')
    const options = [
      ['-t', 'Hi {{name}}', '--language', 'ar=@hello.ar.txt', '--language', 'fr=Salut', '--gap', '2000-6000'],
      ['--per-hour', '50', '--per-day', '300', '--hours', '10:00-18:00@Africa/Cairo', '--courtesy', 'on'],
      ['--on-unknown', 'skip', '--phone-column', 'phone'],
    ].flat()
    const { out, code } = await campaign(['create', 'people.csv', ...options])
    expect(code).toBe(0)
    expect(out).toMatch(/^cmp_\w+ is a draft\n {2}waqtor campaign preview cmp_\w+ /)
    const [made] = (await json('list')) as [Campaign]
    expect(made).toMatchObject({
      name: 'people.csv',
      status: 'draft',
      total: 2,
      message: { variants: [{ text: 'Hi {{name}}', languages: { ar: 'أهلا {{name}}', fr: 'Salut' } }] },
      pacing: { gapMs: 2000, gapMaxMs: 6000, perHour: 50, perDay: 300 },
      sendingHours: { from: '10:00', to: '18:00', zone: 'Africa/Cairo' },
      courtesy: 'on',
      onUnknown: 'skip',
    })
  })

  it('hints at no start where the campaign starts by itself', async () => {
    await file('people.csv', people(2))
    const { out } = await campaign(['create', 'people.csv', '-t', 'Hi', '--at', '2030-12-24T09:00:00Z'])
    expect(out).toMatch(/is scheduled: it starts by itself while a host runs/)
    expect(out).toMatch(/waqtor campaign status cmp_\w+ {4}tells when it starts/)
    expect(out).not.toContain('campaign start')
    expect((await campaign(['create', 'people.csv', '-t', 'Hi'])).out).toMatch(/campaign start cmp_\w+ {5}starts it$/)
  })

  it.each([
    [['create', 'people.csv', '-t', 'x', '--courtesy', 'maybe'], /courtesy/],
    [['create', 'people.csv', '-t', 'x', '--at', 'tomorrow'], /tomorrow/],
    [['create', 'people.csv', '-t', 'x', '--phone-column', 'mobile'], /no column 'mobile'/],
    [['create', 'people.csv', '--template-id', 'tpl_none'], /tpl_none/],
  ])('leaves nothing behind when the server refuses %j', async (argv, message) => {
    await file('people.csv', people(2))
    await expect(campaign(argv)).rejects.toThrow(message)
    expect(await json('list')).toEqual([])
    expect((await left()).items).toEqual([])
  })

  it.each([
    [['run'], /the file is missing/],
    [['run', 'people.csv'], /--template is missing/],
    [['run', 'people.csv', '-t', 'x', '--template-id', 'y'], /exclude each other/],
    [['run', 'none.csv', '-t', 'x'], /'.*none.csv' cannot be read/],
    [['run', '.', '-t', 'x'], /is no file/],
    [['run', 'people.csv', '--audience', 'a', '-t', 'x'], /exclude each other/],
    [['run', 'people.csv', 'b.csv', '-t', 'x'], /one argument too many: 'b.csv'/],
    [['run', 'people.csv', '-t', 'x', '--in-flight', 'many'], /--in-flight takes a whole number, not 'many'/],
    [['run', 'people.csv', '-t', 'x', '--gap', 'fast-slow'], /--gap takes a whole number/],
    [['run', 'people.csv', '-t', 'x', '--hours', 'noon'], /--hours takes 'any' or hours like/],
    [['run', 'people.csv', '-t', 'x', '--language', 'ar'], /--language takes a language and its text/],
    [['run', 'people.csv', '-t', 'x', '--language', 'ar=@none'], /'.*none' cannot be read/],
    [['create', 'people.csv', '--tempalte', 'x'], /tempalte/],
    [['status'], /the id of the campaign is missing/],
    [['preview'], /the id of the campaign is missing/],
    [['preview', 'x', '--show', 'all'], /--show takes a whole number/],
    [['resolve', 'x'], /--as says what is to become/],
    [['export', 'x', '--out', 'c.pdf'], /'c.pdf' ends in '.pdf'/],
    [['export', 'x', '--out', 'nowhere/c.csv'], /there is no directory '.*nowhere'/],
    [['export', 'x', '--format', 'pdf'], /--format is csv or xlsx/],
    [['pause', 'a', 'b'], /one argument too many/],
    [['fly'], /there is no 'campaign fly'/],
  ])('says what is wrong with %j before anything reaches the server', async (argv, message) => {
    await file('people.csv', people(1))
    const connect = vi.fn()
    const { code, err } = await campaign(argv, { connect })
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(connect).not.toHaveBeenCalled()
  })

  it('shows its usage when asked', async () => {
    for (const it of [['--help'], ['help'], [], ['run', '--help']]) {
      const { code, out } = await campaign(it)
      expect(code).toBe(0)
      expect(out).toContain('waqtor campaign run <file>')
    }
  })
})

describe('waqtor campaign preview, test and start', () => {
  it('show what would be sent, send it to oneself, and send it', async () => {
    const id = await draft('--language', 'ar=أهلا')
    const preview = await campaign(['preview', id, '--show', '2'])
    expect(preview.out).toContain(`+${number(0)}\n    Hi N0\n+${number(1)}\n    Hi N1`)
    expect(preview.out).toContain('3 recipients: 3 would get the message')
    expect(preview.out).toMatch(/until about \d{4}-\d\d-\d\d \d\d:\d\d, mostly because of: speed/)
    expect((await json('preview', id)).items).toHaveLength(3)

    expect((await campaign(['test', id])).out).toBe('sent to 201000000000@c.us:\nHi N0')
    expect(await json('test', id, '--to', number(7), '--language', 'ar')).toMatchObject({ body: 'أهلا' })

    const started = await campaign(['start', id])
    expect(started.out).toMatch(/^cmp_\w+ is running\n {2}waqtor campaign status/)
    await test.until(id, 'completed')
  })

  it('show who is skipped and who waits', async () => {
    const id = await draft('--courtesy', 'on', '--hours', 'any')
    const { out } = await campaign(['preview', id])
    expect(out).toContain(`+${number(0)} · is skipped (no-consent)`)
    expect(out).toContain('3 skipped: no-consent')
  })

  it('start an audience without those for whom something is missing', async () => {
    test.people.audiences.set('shop', [
      test.people.add(number(1)),
      test.people.add(number(2), { fields: { city: 'X' } }),
    ])
    const { campaignId: id } = await json('create', '--audience', 'shop', '-t', '{{city}}')
    await expect(campaign(['start', id])).rejects.toThrow("the variable 'city' has no value")
    expect(await json('start', id, '--leave-out-incomplete')).toEqual({ campaignId: id, status: 'running' })
    await test.until(id, 'completed')
    expect((await campaign(['status', id])).out).toContain('1 more of the audience are left out')
  })
})

describe('waqtor campaign list, status, stats, pause, resume, cancel, retry, resolve and clone', () => {
  it('show and steer a campaign', async () => {
    test.account.disconnect()
    const id = await draft()
    await campaign(['start', id])
    expect((await campaign(['list'])).out).toMatch(/^cmp_\w+ {2}running .* 0 \/ 3 .*people\.csv$/)
    expect((await campaign(['pause', id])).out).toContain(`${id} is paused`)
    expect((await campaign(['status', id])).out).toMatch(/^people\.csv\npaused \(by request\)/)
    expect(await json('resume', id)).toEqual({ campaignId: id, status: 'running' })
    expect((await campaign(['cancel', id])).out).toContain(`${id} is cancelled`)
    expect(await json('status', id)).toMatchObject({ status: 'cancelled', progress: { remaining: 0 } })
    expect(await json('list')).toHaveLength(1)
    expect((await campaign(['clone', id, '--name', 'again'])).out).toMatch(/^cmp_\w+ is a draft/)
    const none = await json('clone', id, '--without-recipients')
    expect(await test.get(none.campaignId)).toMatchObject({ total: 0 })
  })

  it('show how fast it goes, until when, and what it waits for', async () => {
    const id = await draft('--gap', '600000')
    await campaign(['start', id])
    const { out } = await campaign(['status', id])
    expect(out).toMatch(/\n {2}[23] left, [01] begun in the last minute\n/)
    expect(out).toMatch(/\n {2}done about \d{4}-\d\d-\d\d \d\d:\d\d, mostly because of: gap\n/)
    expect(out).toContain(`\n${id} goes on while a host runs\n`)
    const night = new Date(Date.now() + 6 * 3_600_000).toISOString().slice(11, 16)
    const hours = `${night}-${new Date(Date.now() + 7 * 3_600_000).toISOString().slice(11, 16)}@UTC`
    const waiting = await draft('--hours', hours)
    await campaign(['start', waiting])
    expect((await campaign(['status', waiting])).out).toMatch(/\n {2}waits until \d{4}-\d\d-\d\d \d\d:\d\d\n/)
  })

  it('say that nothing can go out while the account is not connected', async () => {
    test.account.disconnect()
    const id = await draft()
    await campaign(['start', id])
    const { out } = await campaign(['status', id])
    expect(out).toContain('\n  the account is not connected: nothing goes out until it is\n')
    expect(out).not.toContain('done about')
  })

  it('say that no host runs, and promise no end then', async () => {
    test.account.disconnect()
    const connect = async () => ({ ...clientThat(() => {}), hasHost: false })
    const id = await draft()
    await campaign(['start', id])
    const { out } = await campaign(['status', id], { connect })
    expect(out).toContain(`\n${id} goes on at the next start: no host runs (\`waqtor start\`)\n`)
    expect(out).not.toContain('done about')
    const scheduled = await draft('--at', '2030-12-24T09:00:00Z')
    expect((await campaign(['status', scheduled], { connect })).out).toContain('no host runs: it starts only while one')
  })

  it('say when a scheduled one starts, and hint at no start', async () => {
    const id = await draft('--at', '2030-12-24T09:00:00Z')
    const { out } = await campaign(['status', id])
    expect(out).toMatch(/\n {2}starts by itself at 2030-12-2\d \d\d:\d\d \(\S+\)\n {2}done about 2030-12-2/)
    expect(out).not.toContain('campaign start')
  })

  it('offer no retry where it would try nobody', async () => {
    network.behaviour = ({ chatId }) =>
      chatId.startsWith(number(1)) ? { do: 'reject', failure: 'invalid-number' } : undefined
    const id = await draft()
    await campaign(['start', id])
    await test.until(id, 'completed')
    const { out } = await campaign(['status', id])
    expect(out).toContain('1 failed')
    expect(out).toContain('campaign stats')
    expect(out).not.toContain('campaign retry')
  })

  it('tell why some failed, and try them again', async () => {
    network.behaviour = ({ chatId }) =>
      chatId.startsWith(number(1)) ? { do: 'reject', failure: 'refused' } : undefined
    const id = await draft()
    await campaign(['start', id])
    await test.until(id, 'completed')
    expect((await campaign(['status', id])).out).toMatch(/waqtor campaign retry cmp_\w+ {3}tries them again/)
    expect((await campaign(['stats', id])).out).toBe(
      '3 recipients: 2 sent, 0 delivered, 0 read, 0 replied, 1 failed, 0 skipped, 0 held\n  1 failed: refused',
    )
    expect(await json('stats', id)).toMatchObject({ failed: 1 })
    network.behaviour = () => undefined
    expect((await campaign(['retry', id])).out).toBe(`1 failed recipient to be tried again; ${id} is running`)
    await test.until(id, 'completed')
    expect(await json('retry', id)).toEqual({ campaignId: id, count: 0, status: 'completed' })
  })

  it('let a person decide about held ones', async () => {
    network.history = 'unreadable'
    network.behaviour = () => ({ do: 'swallow' })
    const id = await draft('--in-flight', '3')
    await campaign(['start', id])
    await eventually(() => expect(network.begun).toBe(3))
    test.account.disconnect()
    test.account.connect(network)
    await test.until(id, 'paused')
    expect((await campaign(['status', id])).out).toContain(`waqtor campaign resolve ${id} --as sent|resend|skip`)
    expect((await campaign(['resolve', id, '--as', 'sent'])).out).toBe(`3 held recipients decided; ${id} is completed`)
    expect(await json('resolve', id, '--as', 'skip')).toMatchObject({ count: 0 })
  })
})

describe('waqtor campaign export', () => {
  it('writes the recipients beside the person, as CSV or XLSX', async () => {
    const id = await draft('--name', 'Sale')
    const { out } = await campaign(['export', id])
    expect(out).toBe(`3 recipients: ${join(directory, 'Sale.csv')}`)
    expect(await readFile(join(directory, 'Sale.csv'), 'utf8')).toContain(`+${number(2)}`)
    expect(await json('export', id, '--out', 'mine.xlsx')).toMatchObject({
      rows: 3,
      path: join(directory, 'mine.xlsx'),
    })
    await access(join(directory, 'mine.xlsx'))
    expect(await json('export', id, '--state', 'failed')).toMatchObject({ rows: 0 })
    expect((await left()).items).toEqual([])
  })
})

describe('what the screen shows', () => {
  const at = (done: number, queued: number, held = 0) => ({ total: done + queued + held, queued, held }) as Campaign

  it('is a bar that tells how far it is, how fast, and how long it takes', () => {
    expect(bar(at(50, 50), 10)).toBe(`${'█'.repeat(14)}${'░'.repeat(14)}  50 / 100 · 5/s · 10 s left`)
    expect(bar(at(10, 0, 2), 10)).toContain('10 / 12 · 1/s · 2 held')
    expect(bar(at(0, 0), 0)).toContain('0 / 0 · 0/s')
  })

  it.each(['draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled', 'failed'])(
    'is a next step for a campaign that is %s',
    (status) => {
      const campaign = { campaignId: 'cmp_1', status, reason: null, failed: 0, held: 0 } as never
      expect(nextSteps(campaign, { retryable: 0, hasHost: true }).join()).toContain('waqtor campaign ')
    },
  )
})

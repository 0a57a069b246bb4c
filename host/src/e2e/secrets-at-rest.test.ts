import { lstat, readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { apiKey, type Program, Stack } from './fixtures/stack.ts'

const leaky = join(import.meta.dirname, 'fixtures/leaky.config.ts')

/** What `work` answers; nothing when the file has gone meanwhile, as the draft of one does that is put in its place. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
}

/** Every file and directory below, and its own. */
async function entriesIn(directory: string) {
  const names = await readdir(directory, { recursive: true })
  const entries = await Promise.all(
    ['', ...names].map(async (name) => {
      const path = join(directory, name)
      const stats = await unlessGone(lstat(path))
      if (!stats) return []
      const [isFile, isDirectory] = [stats.isFile(), stats.isDirectory()]
      return [{ path, name: relative(directory, path), isFile, isDirectory, mode: stats.mode & 0o777 }]
    }),
  )
  return entries.flat()
}

/** The names of all files in which any of these texts stands. */
async function filesWith(directory: string, secrets: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const { path, name, isFile } of await entriesIn(directory)) {
    const content = isFile ? await unlessGone(readFile(path)) : undefined
    if (content && secrets.some((it) => content.includes(it))) found.push(name)
  }
  return found
}

/** Uses the system as people do, mistakes included. Answers every secret that it has told anybody. */
async function use(stack: Stack): Promise<string[]> {
  const secrets: string[] = []
  const demand = async (status: number, ...request: Parameters<Stack['request']>) => {
    const answer = await stack.request(...request)
    expect(answer.status, answer.text).toBe(status)
    return answer.body
  }
  for (const permissions of [['*'], ['messages:*'], ['files:*']]) {
    const { key, id } = await demand(201, 'POST', '/api/v2/keys', { permissions, name: 'a key' })
    secrets.push(key)
    // Its random part by itself is as good.
    secrets.push(
      ...String(key)
        .split('_')
        .filter((it) => /^[0-9a-f]{32,}$/.test(it)),
    )
    await demand(permissions[0] === '*' ? 200 : 403, 'GET', '/api/v2/contacts', undefined, { 'X-API-Key': key })
    if (permissions[0] === 'files:*') await demand(200, 'DELETE', `/api/v2/keys/${id}`)
  }
  const [admin] = secrets
  await demand(401, 'GET', '/api/v2/contacts', undefined, { 'X-API-Key': `${admin}x` })
  await demand(400, 'GET', `/api/v2/contacts?api_key=${admin}`)
  await demand(401, 'GET', '/api/v2/contacts', undefined, {
    'X-API-Key': '',
    Authorization: `Bearer ${admin?.slice(0, -1)}`,
  })
  await demand(400, 'POST', '/api/v2/keys', { permissions: ['nonsense'], name: 'a key' })

  const people = Array.from({ length: 5 }, (_, i) => ({ to: `+20100123456${i}`, variables: { name: `Mona ${i}` } }))
  await demand(201, 'POST', '/api/v2/contacts', { phone: people[0]!.to, name: 'Mona' })
  const { campaignId } = await demand(201, 'POST', '/api/v2/campaigns', {
    name: 'Sale',
    recipients: people,
    template: 'Hello {{name}}',
    sendingHours: 'any',
  })
  await demand(200, 'POST', `/api/v2/campaigns/${campaignId}/start`, {})
  const status = async () => (await stack.request('GET', `/api/v2/campaigns/${campaignId}`)).body.status
  await expect.poll(status).toBe('completed')
  await fetch(`${stack.address}/files?filename=a.csv`, {
    method: 'POST',
    headers: { 'X-API-Key': apiKey },
    body: 'phone\n1\n',
  })
  await demand(201, 'POST', '/api/v2/instances', { id: 'shop' })
  await demand(201, 'POST', '/api/v2/system/backup', { name: 'before-the-scan' })
  return secrets
}

it('D13: no secret stands in the data directory, the backups, the logs or the notes of crashes, and nobody else may look', async () => {
  await using stack = await Stack.create()
  await stack.startNetwork()
  const programs: Program[] = []
  const debug = { env: { WAQTOR_LOG_LEVEL: 'debug' } }
  programs.push(await stack.startHost(debug))
  const secrets = [apiKey, ...(await use(stack))]
  // While it runs, with its write-ahead logs, and after it was killed and started again.
  for (const end of ['runs', 'was killed', 'was stopped']) {
    if (end === 'was killed') {
      await stack.killHost()
      programs.push(await stack.startHost(debug))
    }
    if (end === 'was stopped') await programs.at(-1)!.end()
    const local = (await readFile(join(stack.data, 'local-key'), 'utf8')).trim()
    expect(local).toMatch(/^waq_/)
    expect(await filesWith(stack.data, secrets), end).toEqual([])
    expect(await filesWith(stack.data, [local]), end).toEqual(['local-key'])
    expect((await entriesIn(stack.data)).map((it) => it.name)).toContain('backups/before-the-scan/host.db')
    for (const { name, mode, isDirectory } of await entriesIn(stack.data))
      expect(`${name}: ${mode.toString(8)}`).toBe(`${name}: ${isDirectory ? '700' : '600'}`)
    secrets.push(local)
    const printed = programs.flatMap((it) => it.lines)
    expect(printed.length).toBeGreaterThan(20)
    expect(printed.filter((line) => secrets.some((it) => line.includes(it)))).toEqual([])
    secrets.pop()
  }

  const failing = await stack.startHost({ config: leaky, env: { ...debug.env, LEAKY_KEY: secrets[1]! } })
  const events = async () => (await stack.request('GET', '/api/v2/events?instance=host&types=plugin.failed')).text
  await expect.poll(events).toContain('cannot log in anywhere')
  expect(secrets.filter((it) => it !== '' && failing.lines.some((line) => line.includes(it)))).toEqual([])
  expect(await filesWith(stack.data, secrets)).toEqual([])
  await failing.end()

  const crashed = stack.run(['start', '--no-watch'], { config: leaky, ...debug })
  expect(await crashed.exit()).toBe(70)
  expect(crashed.lines.join('\n')).toContain('cannot log in anywhere')
  expect(await readFile(join(stack.data, 'crashes.json'), 'utf8')).toContain('cannot log in anywhere')
  expect(await filesWith(stack.data, secrets)).toEqual([])
  expect(crashed.lines.filter((line) => secrets.some((it) => line.includes(it)))).toEqual([])
})

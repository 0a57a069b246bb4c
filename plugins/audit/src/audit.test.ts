import { type Files, Files as FilesToken, fail } from '@waqtor/contracts'
import { type CommandToken, defineCommand, definePlugin, z } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import access from '@waqtor/plugin-access'
import { createKey, listKeys, revokeKey } from '@waqtor/plugin-auth/contract'
import backup from '@waqtor/plugin-backup'
import campaigns from '@waqtor/plugin-campaigns'
import events from '@waqtor/plugin-events'
import instances from '@waqtor/plugin-instances'
import messages from '@waqtor/plugin-messages'
import simulator from '@waqtor/plugin-transport-simulator'
import { describe, expect, it, vi } from 'vitest'
import { AuditLog } from './audit-log.ts'
import { auditHead, exportAudit, listAudit } from './contract.ts'
import { byMona, mona, startAudit } from './fixtures/start-audit.ts'
import { adminAreas, Sensitive } from './sensitive.ts'

/** Enough of an input that the command begins. */
function inputOf({ hints, input }: CommandToken): object {
  const shape = Object.keys((input as { shape?: object }).shape ?? {})
  const ids = shape.filter((it) => it === 'id' || it.endsWith('Id')).map((it) => [it, 'x1'])
  return { ...Object.fromEntries(ids), ...(hints?.example as object | undefined) }
}

const login = defineCommand('auth.enter', {
  summary: 'Sign in',
  permission: 'public',
  scope: 'host',
  http: { method: 'POST', path: '/auth/enter' },
  input: z.object({ name: z.string(), password: z.string() }),
  output: z.object({}),
})

const signIn = definePlugin({
  name: 'sign-in-double',
  config: z.object({}),
  setup(ctx) {
    ctx.handle(login, ({ password }) => {
      if (password !== 'right') throw fail('WAQ_RATE_LIMITED', 'the name or the password is wrong')
      return {}
    })
  },
})

describe('D14: a sensitive action', () => {
  it('is written before it begins and when it is over, whichever it is of those there are', async () => {
    const more = [events(), instances({ autoStart: false }), simulator(), messages(), campaigns(), backup(), access()]
    await using it = await startAudit(more)
    const sensitive = new Sensitive(adminAreas)
    const { commands } = it.test.kernel
    let count = 0
    let others = 0
    for (const command of commands.list()) {
      const before = (await it.test.run(auditHead, {})).seq
      const input = inputOf(command)
      if (!sensitive.has(command)) {
        if (command.hints?.readOnly !== true || command.id === 'numbers.check') continue
        await commands.execute(command.id, input, byMona).catch(() => {})
        expect((await it.test.run(auditHead, {})).seq, command.id).toBe(before)
        others++
        continue
      }
      const outcome = await commands.execute(command.id, input, byMona).then(
        () => 'done',
        () => 'failed',
      )
      const [entry, ...older] = (await it.list({ action: command.id })).filter(({ seq }) => seq > before)
      expect(older, command.id).toEqual([])
      expect(entry, command.id).toMatchObject({
        action: command.id,
        outcome,
        principal: mona.id,
        role: 'admin',
        credential: 'ses_1',
        via: 'rest',
        address: '203.0.113.1',
        callId: expect.stringMatching(/^call_/),
        finishedAt: expect.any(Number),
      })
      const rows = await it.file.all('SELECT phase FROM audit_log WHERE seq = ? OR attempt = ?', [
        entry!.seq,
        entry!.seq,
      ])
      expect(rows).toEqual([{ phase: 'attempt' }, { phase: outcome }])
      count++
    }
    expect(count).toBeGreaterThanOrEqual(20)
    expect(others).toBeGreaterThan(10)
    expect((await it.verify()).ok).toBe(true)
  })

  it('is told with what it was about, and never with a secret', async () => {
    await using it = await startAudit([signIn()])
    const { key } = await it.key(['keys:write', 'keys:read', 'audit:read'])
    const answer = await it.ask('/keys', {
      method: 'POST',
      key,
      body: { name: 'news\r\nletter\u001b[31m\u202e', permissions: ['keys:read'] },
      headers: { 'X-Request-Id': 'mine' },
    })
    const made = (await answer.json()) as { id: string; key: string }
    const [entry] = await it.list({ action: 'keys.create' })
    expect(entry).toMatchObject({ callId: 'mine', outcome: 'done', via: 'rest', role: 'scoped' })
    expect(entry!.target).toEqual({
      name: 'news\\u000d\\u000aletter\\u001b[31m\\u202e',
      permissions: ['keys:read'],
      instances: 'all',
      gated: false,
    })
    await it.ask('/auth/enter', { method: 'POST', body: { name: 'mona', password: 'hunter2-hunter2' } })
    const [failed] = await it.list({ action: 'auth.enter' })
    expect(failed).toMatchObject({
      outcome: 'failed',
      code: 'WAQ_RATE_LIMITED',
      principal: null,
      address: '127.0.0.1',
      target: { name: 'mona' },
    })
    const rows = JSON.stringify(await it.file.all('SELECT * FROM audit_log'))
    expect(rows).not.toContain(made.key)
    expect(rows).not.toContain('hunter2')
    expect(rows).not.toContain(key)
  })

  it('that is refused on the way is written as well: without a credential, a permission or a right input', async () => {
    await using it = await startAudit()
    const reader = await it.key(['keys:read'])
    const writer = await it.key(['keys:write'])
    const post = (key: string | undefined, body: unknown) =>
      it.ask('/keys', { method: 'POST', body, ...(key !== undefined && { key }) })
    const statuses = [
      await post(undefined, { permissions: ['*'] }),
      await post(reader.key, { permissions: ['*'] }),
      await post(writer.key, { permissions: [] }),
      await it.ask(`/keys/${writer.id}`, { method: 'DELETE', key: reader.key }),
    ].map(({ status }) => status)
    expect(statuses).toEqual([401, 403, 400, 403])
    const entries = (await it.list()).filter(({ outcome }) => outcome === 'refused')
    expect(entries.every(({ address }) => address === '127.0.0.1')).toBe(true)
    expect(entries.map(({ action, code, principal, role }) => [action, code, principal, role])).toEqual([
      ['keys.revoke', 'WAQ_FORBIDDEN', reader.id, 'scoped'],
      ['keys.create', 'WAQ_INPUT_INVALID', writer.id, 'scoped'],
      ['keys.create', 'WAQ_FORBIDDEN', reader.id, 'scoped'],
      ['keys.create', 'WAQ_UNAUTHENTICATED', null, null],
    ])
  })

  it('does not begin when it cannot be written: 503, and nothing was done', async () => {
    await using it = await startAudit()
    const { key } = await it.key(['*'])
    const keys = async () => (await it.test.run(listKeys, {})).items.length
    const before = await keys()
    const write = vi.spyOn(it.file, 'write').mockRejectedValue(fail('WAQ_STORAGE_FULL', 'the disk is full'))
    const answer = await it.ask('/keys', { method: 'POST', key, body: { permissions: ['keys:read'] } })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await answer.json()).toMatchObject({
      code: 'audit_unavailable',
      detail: expect.stringContaining('Nothing was done: the audit log could not be written'),
    })
    expect(await keys()).toBe(before)
    write.mockRestore()
    expect((await it.ask('/keys', { method: 'POST', key, body: { permissions: ['keys:read'] } })).status).toBe(201)
    expect(await keys()).toBe(before + 1)
    expect(it.test.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toContain(
      'refused an action that could not be written into the audit log',
    )
  })

  it('keeps its place in the chain among many at once, even under one id', async () => {
    await using it = await startAudit()
    const { key } = await it.key(['*'])
    const make = (permissions: string[]) =>
      it.ask('/keys', { method: 'POST', key, body: { permissions }, headers: { 'X-Request-Id': 'same' } })
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => make(i % 2 ? ['keys:read'] : ['no:such'])))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    const entries = (await it.list({ action: 'keys.create' })).filter(({ callId }) => callId === 'same')
    expect(entries.filter(({ outcome }) => outcome === 'done')).toHaveLength(20)
    expect(entries.filter(({ outcome }) => outcome === 'failed')).toHaveLength(20)
    expect(await it.verify()).toMatchObject({ ok: true })
  })

  it('whose end nobody saw is shown as unknown, and one that is under way as running', async () => {
    const inside = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const slow = definePlugin({
      name: 'slow',
      config: z.object({}),
      setup(ctx) {
        ctx.handle({ ...login, id: 'users.wait', permission: 'users:write', input: z.object({}) }, async () => {
          inside.resolve()
          await goOn.promise
          return {}
        })
      },
    })
    await using it = await startAudit([slow()])
    const [row] = await it.list()
    expect(row).toBeUndefined()
    const facts = {
      time: 1,
      callId: 'call_1',
      action: 'keys.create',
      phase: 'attempt',
      attempt: null,
      principal: 'usr_1',
      role: null,
      credential: null,
      via: null,
      address: null,
      instance: null,
      target: '{}',
      code: null,
    } as const
    await new AuditLog(it.file).append([facts])
    expect((await it.list({ principal: 'usr_1' })).map(({ outcome }) => outcome)).toEqual(['unknown'])

    const working = it.test.kernel.commands.execute('users.wait', {}, byMona)
    await inside.promise
    const outcome = async () => (await it.list({ action: 'users.wait' }))[0]
    expect(await outcome()).toMatchObject({ outcome: 'running', finishedAt: null })
    goOn.resolve()
    await working
    expect(await outcome()).toMatchObject({ outcome: 'done' })
  })
})

describe('a flood', () => {
  it('of refusals is written up to a limit, and counted beyond it', async () => {
    await using it = await startAudit()
    const { execute } = it.test.kernel.commands
    const stranger = { ...mona, id: 'usr_stranger', role: 'user', permissions: new Set(['messages:read']) }
    for (let i = 0; i < 500; i++)
      await execute(createKey, { permissions: ['*'] }, { principal: stranger, via: 'rest' }).catch(() => {})
    const written = await it.list({ principal: 'usr_stranger' })
    expect(written.length).toBeGreaterThanOrEqual(60)
    expect(written.length).toBeLessThan(80)
    expect(new Set(written.map(({ role }) => role))).toEqual(new Set(['user']))
    await it.test.kernel.reload([...it.entries.filter(({ spec }) => spec.name !== 'audit')])
    const sums = await it.file.all<{ target: string }>("SELECT target FROM audit_log WHERE action = 'audit.suppressed'")
    expect(sums.map(({ target }) => JSON.parse(target).count)).toEqual([500 - written.length])
  })

  it('of what anybody can do leaves what was of consequence', async () => {
    await using it = await startAudit([signIn()])
    const { execute } = it.test.kernel.commands
    const from = { via: 'rest', address: '203.0.113.9' } as const
    for (let i = 0; i < 300; i++) await execute(login, { name: 'mona', password: 'wrong' }, from).catch(() => {})
    await execute(login, { name: 'mona', password: 'right' }, from)
    const entries = await it.list({ action: 'auth.enter' })
    expect(entries.length).toBeLessThan(80)
    expect(entries[0]).toMatchObject({ outcome: 'done', address: from.address, target: { name: 'mona' } })
    expect((await it.verify()).ok).toBe(true)
  })

  it('does not touch what administrators do', async () => {
    await using it = await startAudit()
    for (let i = 0; i < 100; i++) await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    expect(await it.list({ principal: mona.id })).toHaveLength(100)
  })
})

describe('the list', () => {
  it('is read in pages, newest first, by who, what and when', async () => {
    await using it = await startAudit()
    const made = []
    for (let i = 0; i < 5; i++) made.push(await it.test.run(createKey, { permissions: ['keys:read'] }, byMona))
    await it.test.run(revokeKey, { id: made[0]!.id })
    const page = (input: object) => it.test.run(listAudit, { limit: 2, principal: mona.id, ...input })
    const first = await page({})
    const second = await page({ cursor: first.nextCursor! })
    const third = await page({ cursor: second.nextCursor! })
    const seqs = [first, second, third].flatMap(({ items }) => items.map(({ seq }) => seq))
    expect(seqs).toHaveLength(5)
    expect(seqs).toEqual(seqs.toSorted((a, b) => b - a))
    expect(third.nextCursor).toBeNull()
    await expect(page({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'WAQ_CURSOR_INVALID' })

    expect((await it.list({ action: 'keys.*' })).length).toBe(6)
    expect((await it.list({ action: 'keys.revoke' })).map(({ target }) => target)).toEqual([{ id: made[0]!.id }])
    expect(await it.list({ action: 'key.*' })).toEqual([])
    const { time } = (await it.list({ action: 'keys.revoke' }))[0]!
    expect((await it.list({ since: time })).length).toBeGreaterThanOrEqual(1)
    expect(await it.list({ until: 1 })).toEqual([])
    const { key } = await it.key(['audit:read'])
    const answer = await it.ask(`/audit?principal=${mona.id}&since=0&limit=1`, { key })
    expect(await answer.json()).toMatchObject({ items: [{ seq: seqs[0] }], nextCursor: String(seqs[0]) })
  })

  it('finds what is far back among many rows', async () => {
    await using it = await startAudit()
    await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    await it.list()
    const [first] = await it.file.all<Record<string, never>>('SELECT * FROM audit_log WHERE seq = 1')
    const columns = Object.keys(first!).filter((name) => !['seq', 'principal'].includes(name))
    await it.file.write((tx) =>
      tx.run(
        `WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)
         INSERT INTO audit_log (seq, principal, ${columns.join(', ')})
         SELECT i, 'somebody', ${columns.map(() => '?').join(', ')} FROM n`,
        columns.map((name) => first![name]!),
      ),
    )
    expect((await it.list({ principal: mona.id })).map(({ seq }) => seq)).toEqual([1])
    expect(await it.list({ action: 'users.*' })).toEqual([])
    const page = await it.test.run(listAudit, { principal: 'somebody', limit: 2, cursor: '20002' })
    expect(page.items.map(({ seq }) => seq)).toEqual([20_001, 20_000])
  })

  it('is for those who may read it, and reading it leaves no row', async () => {
    await using it = await startAudit()
    const { key } = await it.key(['keys:read'])
    expect((await it.ask('/audit', { key })).status).toBe(403)
    const before = await it.test.run(auditHead, {})
    await it.list()
    await it.verify()
    expect(await it.test.run(auditHead, {})).toEqual(before)
  })
})

describe('an export', () => {
  const written: string[] = []
  const writer = {
    write: async (chunk: Uint8Array) => void written.push(Buffer.from(chunk).toString()),
    finish: async () => ({ fileId: 'file_1' }),
    abort: vi.fn(async () => {}),
  }
  const create = vi.fn(async () => writer)
  const filesDouble = definePlugin({
    name: 'files-double',
    config: z.object({}),
    provides: [FilesToken],
    setup: (ctx) => ctx.provide(FilesToken, { create } as unknown as Files),
  })

  it('is every row with its hash, a line each', async () => {
    await using it = await startAudit([filesDouble()])
    for (let i = 0; i < 300; i++) await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    const answer = await it.test.run(exportAudit, {}, byMona)
    const lines = written.join('').trim().split('\n')
    expect(answer).toEqual({ fileId: 'file_1', rows: lines.length })
    expect(lines.length).toBeGreaterThanOrEqual(601)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      seq: 1,
      phase: 'attempt',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(create).toHaveBeenCalledWith({ filename: 'audit.jsonl', owner: mona })
    expect(await it.test.run(exportAudit, { until: 1 }, byMona)).toMatchObject({ rows: 0 })
  })

  it('leaves no half of a file', async () => {
    await using it = await startAudit([filesDouble()])
    writer.abort.mockClear()
    await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    const write = vi.spyOn(writer, 'write').mockRejectedValueOnce(fail('WAQ_STORAGE_FULL', 'the disk is full'))
    await expect(it.test.run(exportAudit, {}, byMona)).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
    expect(writer.abort).toHaveBeenCalledOnce()
    write.mockRestore()
  })

  it('is not there where nothing keeps files', async () => {
    await using it = await startAudit()
    await expect(it.test.run(exportAudit, {})).rejects.toMatchObject({ code: 'WAQ_COMMAND_UNKNOWN' })
  })
})

describe('the plugin', () => {
  it('says its head in the log of the process', async () => {
    await using it = await startAudit()
    expect(it.test.lines).toContainEqual(
      expect.objectContaining({
        message: 'the audit log goes on after its last row',
        data: expect.objectContaining({ seq: 0, hash: '0'.repeat(64) }),
      }),
    )
  })

  it('writes the areas that the config names', async () => {
    await using it = await startAudit([signIn()], { areas: ['auth'] })
    await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
    await it.test.run(login, { name: 'mona', password: 'right' }, byMona)
    expect((await it.list()).map(({ action }) => action)).toEqual(['auth.enter'])
    await expect(startAudit([], { areas: ['keys:write'] })).rejects.toThrow('must be an area')
  })

  it('goes on with its chain after a restart, and leaves nothing behind', async () => {
    await using it = await startAudit()
    const without = it.entries.filter(({ spec }) => spec.name !== 'audit')
    const look = async () => {
      await it.test.kernel.reload(it.entries)
      await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
      await it.test.run(createKey, { permissions: [] }, byMona).catch(() => {})
      expect((await it.verify()).ok).toBe(true)
      await it.test.kernel.reload(without)
      await it.test.run(createKey, { permissions: ['keys:read'] }, byMona)
      return () => snapshot(it.test.kernel)
    }
    await look()
    const before = (await look())()
    for (let i = 0; i < 3; i++) expect(await leftBehind(before, await look())).toEqual([])
    const rows = await it.file.all<{ phase: string }>('SELECT phase FROM audit_log ORDER BY seq')
    expect(rows.map(({ phase }) => phase)).toEqual(Array(5).fill(['attempt', 'done', 'failed']).flat())
  })
})

import type { CommandToken } from '@waqtor/kernel'
import { controlCampaign, createCampaign } from '@waqtor/plugin-campaigns/contract'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type DoorsTest, ReportMade, readReport, SECRET, startDoors, startMenu } from './fixtures/start-doors.ts'

const gatedAreas = ['campaigns', 'reports', 'interactive']
const isGated = (permission: string) => gatedAreas.includes(permission.split(':')[0]!)

/** What a browser may still have from somebody who was let in, or from an older version that believed it. */
const tokens: Readonly<Record<string, string>> = {
  Cookie:
    'access_code=1234; subscription_status=active; subscription_expiry=4102444800000; otp_verified=true; unlocked=1',
  // Without it, a change with a cookie would be refused before anybody asks who it is.
  'Sec-Fetch-Site': 'same-origin',
  'X-Access-Code': '1234',
  'X-Subscription-Status': 'active',
  'X-Feature': 'campaigns',
  'X-Role': 'admin',
  'X-Forwarded-User': 'admin',
}

/** Enough of an input that only the gate is in the way. */
function inputOf({ hints, input }: CommandToken): Record<string, unknown> {
  const shape = Object.keys((input as { shape?: object }).shape ?? {})
  const ids = Object.fromEntries(shape.filter((it) => it.endsWith('Id')).map((it) => [it, 'cmp_01JD']))
  return { ...ids, ...(hints?.example as object | undefined) }
}

/** Every way in over HTTP, for a command with and without a route. */
function waysTo(command: CommandToken) {
  const input = inputOf(command)
  const ways: { path: string; method: string; body?: object }[] = [
    { path: `/commands/${command.id}`, method: 'POST', body: input },
  ]
  const { http } = command
  if (!http) return ways
  const path = http.path.replaceAll(/\{(\w+)\}/g, (_, name) => String(input[name] ?? 'x'))
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !http.path.includes(`{${name}}`)))
  if (http.method === 'GET' || http.method === 'DELETE') {
    const query = new URLSearchParams(
      Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
    )
    return [...ways, { path: `${path}?${query}`, method: http.method }]
  }
  return [...ways, { path, method: http.method, body: rest }]
}

/** A campaign with a name to look for, and a recorded event of each gated feature there is. */
async function premiumData(it: DoorsTest): Promise<string> {
  const { campaignId } = await it.test.run(createCampaign, {
    name: SECRET,
    template: SECRET,
    recipients: ['+201001234567'],
  })
  await it.test.run(controlCampaign, { campaignId, action: 'cancel' })
  const file = await it.database.open('host')
  await file.write((tx) => it.log.record(tx, ReportMade, { text: SECRET }))
  return campaignId
}

describe('D1: what is gated', () => {
  it('is withheld on every route and by every id, from every role that is bound, whatever else is sent along', async () => {
    await using it = await startDoors()
    await premiumData(it)
    let withheld = 0
    let open = 0
    const roles = ['user', 'viewer', 'gated']
    for (const command of it.test.kernel.commands.list()) {
      const { permission } = command
      if (!isGated(permission)) {
        for (const role of roles) expect(await it.may(it.person(role), permission), command.id).toBe(true)
        open++
        continue
      }
      for (const way of waysTo(command)) {
        for (const role of roles) {
          for (const headers of [{}, tokens]) {
            const answer = await it.ask(`${role}:usr_${role}`, way.path, { ...way, headers })
            const what = `${role} ${way.method} ${way.path}: ${answer.status} ${answer.text}`
            expect([answer.status, answer.text.includes(SECRET)], what).toEqual([403, false])
            if (it.person(role).permissions.has(permission)) {
              const feature = permission.split(':')[0]
              expect(answer.body, what).toMatchObject({ code: 'feature_locked', feature, codeLength: 6 })
              withheld++
            } else expect(answer.body, what).toMatchObject({ code: 'forbidden' })
          }
        }
      }
    }
    expect(withheld).toBeGreaterThan(150)
    expect(open).toBeGreaterThan(50)
  })

  it('binds no administrator and no ordinary key', async () => {
    await using it = await startDoors()
    await premiumData(it)
    for (const who of ['admin:usr_admin', 'scoped:key_1']) {
      expect((await it.ask(who, '/reports/overview')).body).toEqual({ text: `overview ${SECRET}` })
      expect((await it.ask(who, '/campaigns')).text).toContain(SECRET)
    }
  })

  it('is withheld as an event as well: alone, in the log, and in the stream', async () => {
    await using it = await startDoors()
    await premiumData(it)
    for (const event of it.test.kernel.events.list()) {
      const principal = { ...it.person('user'), permissions: new Set([event.permission]) }
      const denial = await it.test.kernel.authorize(event, { principal }, event.scope === 'host' ? null : 'default')
      if (isGated(event.permission)) expect(denial, event.id).toMatchObject({ status: 403, code: 'feature_locked' })
      else expect(denial, event.id).toBeUndefined()
    }
    const read = async (who: string, instance: string) =>
      (await it.ask(who, `/events?instance=${instance}&limit=500`)).body
    const types = async (who: string) =>
      [...(await read(who, 'default')).items, ...(await read(who, 'host')).items].map(({ type }) => type)
    expect(await types('admin:usr_admin')).toEqual(expect.arrayContaining(['campaign.cancelled', 'report.made']))
    const seen = await types('user:usr_1')
    expect(seen).not.toContain('campaign.cancelled')
    expect(seen).not.toContain('report.made')
    const asked = await it.ask('user:usr_1', '/events/stream?types=campaign.cancelled&after=0', { headers: tokens })
    expect([asked.status, asked.body.code]).toEqual([403, 'feature_locked'])

    const stream = new AbortController()
    const answer = await fetch(`${it.url}/events/stream?instance=host&after=0`, {
      headers: { 'X-API-Key': 'user:usr_1' },
      signal: stream.signal,
    })
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    const file = await it.database.open('host')
    let text = ''
    const until = async (mark: string) => {
      while (!text.includes(mark)) text += (await reader.read()).value
    }
    const { code } = await it.code({ features: ['reports'] })
    await it.ask('user:usr_1', '/access/verify', { method: 'POST', body: { feature: 'reports', code } })
    // Whoever is connected already gets what was opened, without connecting anew.
    await file.write((tx) => it.log.record(tx, ReportMade, { text: 'after the code' }))
    await until('after the code')
    expect(text).not.toContain(SECRET)
    stream.abort()
  })

  it('is taken from a stream that is open, when the code is revoked', async () => {
    await using it = await startDoors()
    const file = await it.database.open('host')
    const { id, code } = await it.code({ features: ['reports'], userId: 'usr_1' })
    await it.ask('user:usr_1', '/access/verify', { method: 'POST', body: { feature: 'reports', code } })
    const stream = new AbortController()
    const open = (who: string) =>
      fetch(`${it.url}/events/stream?instance=host`, { headers: { 'X-API-Key': who }, signal: stream.signal })
    const answers = [await open('user:usr_1'), await open('admin:usr_admin')]
    const [theirs, admins] = answers.map((it) => it.body!.pipeThrough(new TextDecoderStream()).getReader())
    const record = (text: string) => file.write((tx) => it.log.record(tx, ReportMade, { text }))
    await record('before')
    let text = ''
    while (!text.includes('before')) text += (await theirs!.read()).value
    await it.test.run(contract.revokeCode, { codeId: id })
    await record(SECRET)
    let seen = ''
    while (!seen.includes(SECRET)) seen += (await admins!.read()).value
    const again = await it.code({ features: ['reports'], userId: 'usr_1' })
    await it.ask('user:usr_1', '/access/verify', { method: 'POST', body: { feature: 'reports', code: again.code } })
    await record('after')
    while (!text.includes('after')) text += (await theirs!.read()).value
    expect(text).not.toContain(SECRET)
    stream.abort()
  })

  it('is opened by the code alone, on every door at once', async () => {
    await using it = await startDoors()
    await premiumData(it)
    const who = 'user:usr_1'
    const { code } = await it.code({ features: ['campaigns', 'reports'] })
    expect((await it.ask(who, '/campaigns')).status).toBe(403)
    const verified = await it.ask(who, '/access/verify', { method: 'POST', body: { feature: 'campaigns', code } })
    expect(verified.body).toMatchObject({ unlocked: true, features: ['campaigns', 'reports'] })
    expect((await it.ask(who, '/campaigns')).text).toContain(SECRET)
    expect((await it.ask(who, '/reports/overview')).text).toContain(SECRET)
    expect((await it.ask(who, `/commands/${readReport.id}`, { method: 'POST', body: { kind: 'x' } })).status).toBe(200)
    expect((await it.ask(who, '/events?types=campaign.cancelled')).status).toBe(200)
    expect((await it.ask(who, `/commands/${startMenu.id}`, { method: 'POST', body: { menu: 'x' } })).status).toBe(403)
    expect((await it.ask('user:usr_2', '/campaigns')).status).toBe(403)
  })
})

describe('D5: over HTTP', () => {
  it('a refusal is the same answer, header for header and byte for byte, but for its id', async () => {
    await using it = await startDoors()
    const made = await it.code({ lifeHours: 1 / 60 })
    const used = await it.code()
    const enter = async (who: string, code: string) => {
      const answer = await it.ask(`user:${who}`, '/access/verify', {
        method: 'POST',
        body: { feature: 'campaigns', code },
        headers: { 'X-Request-Id': 'same' },
      })
      const headers = [...answer.headers].filter(([name]) => name !== 'date')
      return { status: answer.status, headers, text: answer.text }
    }
    expect((await enter('usr_first', used.code)).status).toBe(200)
    const absent = await enter('usr_1', '908172')
    expect(absent.status).toBe(403)
    expect(JSON.parse(absent.text)).toMatchObject({
      code: 'access_code_refused',
      detail: "the code does not open 'campaigns'",
    })
    expect(await enter('usr_2', used.code)).toEqual(absent)
    for (let i = 0; i < 5; i++) expect(await enter('usr_3', '908172')).toEqual(absent)
    expect(await enter('usr_3', made.code)).toEqual(absent)
    const elsewhere = await it.code({ features: ['reports'] })
    expect(await enter('usr_4', elsewhere.code)).toEqual(absent)
  })

  it('what is no code is a mistake, told apart without looking at any', async () => {
    await using it = await startDoors()
    for (const code of ['', '123', 'abcdef', '1234567890', "' OR 1=1"]) {
      const answer = await it.ask('user:usr_1', '/access/verify', {
        method: 'POST',
        body: { feature: 'campaigns', code },
      })
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'code'])
    }
  })
})

it('users and viewers reach what is theirs, and nothing of the administrators', async () => {
  await using it = await startDoors()
  for (const role of ['user', 'viewer']) {
    const ask = (path: string, body?: object) =>
      it.ask(`${role}:usr_1`, path, body ? { method: 'POST', body } : {}).then(({ status }) => status)
    expect(await ask('/access/features')).toBe(200)
    expect(await ask('/access/subscription')).toBe(200)
    expect(await ask('/access/request', { feature: 'campaigns' })).toBe(200)
    expect(await ask('/access/codes')).toBe(403)
    expect(await ask('/access/codes', { features: 'all' })).toBe(403)
    expect(await ask('/access/unlock', { userId: 'usr_1' })).toBe(403)
    expect(await ask('/access/unlocks')).toBe(403)
  }
})

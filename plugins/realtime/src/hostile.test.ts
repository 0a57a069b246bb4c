import { createKey } from '@waqtor/plugin-auth/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually } from './fixtures/eventually.ts'
import { startRealtime } from './fixtures/start-realtime.ts'
import { Stopped } from './fixtures/things.ts'
import { attacks } from './testing/attacks.ts'
import { brokenHandshakes } from './testing/broken-handshakes.ts'
import { RawClient } from './testing/raw-client.ts'

afterEach(() => void vi.useRealTimers())

describe('E4: a slow client', () => {
  it('is dropped when more waits for it than it may, and the others hear everything', async () => {
    await using it = await startRealtime({ config: { maxBufferBytes: 100_000 } })
    const stopped = await Promise.all(
      Array.from({ length: 20 }, async () => (await RawClient.open(it)).join('/things', it.admin)),
    )
    for (const { socket } of stopped) socket.pause()
    const reading = await it.open('/things')
    await reading.data('count')
    const text = 'x'.repeat(10_000)
    let sent = 0
    while ((await it.stats()).dropped < stopped.length) {
      for (let i = 0; i < 5; i++) it.things.emit(Stopped, { id: `${sent++} ${text}` })
      await reading.settled()
      if (sent > 100_000) throw new Error('a client that does not read is never dropped')
    }
    const heard = await reading.data('stopped', sent)
    expect(heard.map(({ id }) => Number.parseInt(id, 10))).toEqual(Array.from({ length: sent }, (_, i) => i))
    expect(await it.stats()).toMatchObject({ dropped: 20, total: 1, connections: 1 })
    for (const { socket } of stopped) socket.resume()
    await Promise.all(stopped.map(({ closed }) => closed))
  })

  it('is not one that takes whatever comes, however much that is at once', async () => {
    await using it = await startRealtime({ config: { maxBufferBytes: 100_000 } })
    const reading = await it.open('/things')
    await reading.data('count')
    const text = 'x'.repeat(10_000)
    for (let i = 0; i < 30; i++) it.things.emit(Stopped, { id: `${i} ${text}` })
    expect(await reading.data('stopped', 30)).toHaveLength(30)
    expect(await it.stats()).toMatchObject({ dropped: 0, connections: 1 })
  })

  it('of a subscription is dropped as well, also in the middle of a replay', async () => {
    await using it = await startRealtime({ config: { maxBufferBytes: 100_000 } })
    const client = await (await RawClient.open(it)).join('/events', it.admin)
    client.send('42/events,["subscribe",{}]')
    await eventually(async () => (await it.stats()).subscriptions).toBe(1)
    client.socket.pause()
    const text = 'x'.repeat(50_000)
    while ((await it.stats()).dropped === 0) it.things.moved(1, 'a', 'default', text)
    await eventually(async () => it.stats()).toMatchObject({ dropped: 1, subscriptions: 0, connections: 0 })
  })

  it('that polls and does not come back is dropped', async () => {
    await using it = await startRealtime({ config: { maxBufferBytes: 50_000 } })
    const url = `${it.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const body = `40/things,${JSON.stringify({ token: it.admin })}`
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body })
    await eventually(async () => (await it.stats()).total).toBe(1)
    while ((await it.stats()).dropped === 0) it.things.emit(Stopped, { id: 'x'.repeat(10_000) })
    expect(await (await fetch(`${url}&sid=${sid}`)).json()).toMatchObject({ message: 'Session ID unknown' })
  })
})

describe('a client that opens the same channel many times at once', () => {
  it('holds no more of them than one credential may', async () => {
    await using it = await startRealtime({ config: { clientsPerPrincipal: 3 } })
    const url = `${it.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const one = `40/things,${JSON.stringify({ token: it.admin })}`
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body: Array(50).fill(one).join('\u001e') })
    const answered = async () => {
      const { total, refused } = await it.stats()
      return total + refused
    }
    await eventually(answered).toBe(50)
    expect((await it.stats()).total).toBe(3)
  })
})

describe('a key with a limit of its own', () => {
  it('is held to it over all its connections together, and holds up nobody else', async () => {
    await using it = await startRealtime()
    const { key } = await it.test.run(createKey, { permissions: ['*'], rateLimit: { perSecond: 0.001, burst: 5 } })
    const limited = await Promise.all(Array.from({ length: 4 }, () => it.open('/events', { token: key })))
    const ask = { command: 'things.count', input: {} }
    const answers = []
    for (const client of [...limited, ...limited, ...limited]) answers.push(await client.ask('execute', ask))
    expect(answers.filter(({ problem }) => problem === undefined)).toHaveLength(5)
    expect(answers.slice(5).map(({ problem }) => problem?.code)).toEqual(Array(7).fill('rate_limited'))
    const other = await it.open('/events')
    expect((await other.ask('execute', ask)).problem).toBeUndefined()

    for (const client of [...limited, other]) client.close()
    await eventually(async () => (await it.stats()).total).toBe(0)
    const back = await it.open('/events', { token: key })
    expect((await back.ask('execute', ask)).problem?.code).toBe('rate_limited')
  })
})

describe('E5: hostile frames', () => {
  it.each(attacks)('%s end the connection of who sends them, and nothing else', async (_, attack) => {
    await using it = await startRealtime()
    const other = await it.open('/things')
    const client = await (await RawClient.open(it)).join('/things', it.admin)
    attack(client, '/things')
    await client.closed
    await other.settled()
    await eventually(async () => (await it.stats()).connections).toBe(1)
    expect(it.test.lines.filter((line) => line.level === 'error' && !line.message.startsWith('the state of'))).toEqual(
      [],
    )
  })

  it.each([
    ['deep', `40/nowhere,{"a":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['long', `40/nowhere,{"token":"${'x'.repeat(8_000)}"}`],
  ])('a %s packet is not read of somebody who has not signed in; it is counted and written down', async (_, packet) => {
    await using it = await startRealtime()
    const webSocket = await RawClient.open(it)
    for (let i = 0; i < 20; i++) webSocket.send(packet)
    await webSocket.closed
    const url = `${it.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body: Array(20).fill(packet).join('\u001e') }).catch(() => {})
    await fetch(`${url}&sid=${sid}`)
    await eventually(async () => it.stats()).toMatchObject({ connections: 0, dropped: 2, refused: 0 })
    expect(it.test.lines.filter(({ message }) => message.startsWith('cut a live connection'))).toHaveLength(2)
  })

  it('JSON a little too deep and names that reach for a prototype are refused, or not listened to', async () => {
    await using it = await startRealtime()
    const client = await (await RawClient.open(it)).join('/events', it.admin)
    const deep = `${'['.repeat(33)}${']'.repeat(33)}`
    client.send(`42/events,1["execute",{"command":"things.count","input":${deep}}]`)
    await client.hears('43/events,1[{"problem"')
    await client.hears('json_invalid')
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      client.send(`42/events,["${name}",{"x":1}]`)
    client.send('42/events,2["ping"]')
    await client.hears('43/events,2')
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('a thousand handshakes that are broken off leave nothing', async () => {
    await using it = await startRealtime()
    await brokenHandshakes(it, 1_000)
    await eventually(async () => (await it.stats()).connections).toBe(0)
    await (await it.open('/things')).settled()
  })

  it('nobody stays who opens no channel', async () => {
    await using it = await startRealtime()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const client = await RawClient.open(it)
    client.send('40/unknown,{}')
    await client.hears('Invalid namespace')
    vi.advanceTimersByTime(9_999)
    expect((await it.stats()).connections).toBe(1)
    // A little more for the goodbye, which nobody answers here.
    await vi.advanceTimersByTimeAsync(1_000)
    await client.closed
    vi.useRealTimers()
  })
})

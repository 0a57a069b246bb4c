import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HostInfo } from '@waqtor/contracts'
import { definePlugin, type PluginEntry, StartupError, z } from '@waqtor/kernel'
import { fake, leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { hello, startHttp } from './fixtures/start-http.ts'
import http from './index.ts'

describe('the server', () => {
  const problemsOf = async (starting: Promise<unknown>) => {
    const error = await starting.then(
      () => undefined,
      (it) => it,
    )
    expect(error).toBeInstanceOf(StartupError)
    return (error as StartupError).problems
  }

  it('listens where flags and environment say, else where the config does', async () => {
    await using it = await startHttp({ options: { host: '127.0.0.2', port: '0' }, config: { port: 1 } })
    expect(it.url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/)
    expect(it.test.lines).toContainEqual(
      expect.objectContaining({ message: 'listening', data: { plugin: 'http', address: it.url } }),
    )
    await it.test.kernel.close()
    expect(it.http.address).toBeUndefined()
  })

  it('does not listen in a kernel that only answers the command line', async () => {
    await using it = await startHttp({ options: { serve: false } })
    expect(it.http.address).toBeUndefined()
  })

  it('names a port that is taken and says what to do', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    try {
      expect(await problemsOf(startHttp({ config: { port } }))).toMatchObject([
        {
          code: 'WAQ_PORT_IN_USE',
          plugin: 'http',
          message: `port ${port} on 127.0.0.1 is in use by another program: stop it, or choose another port with --port or WAQTOR_PORT`,
        },
      ])
    } finally {
      other.close()
    }
  })

  it.each([
    [{ host: '203.0.113.7' }, { hasKeys: async () => true }, "this machine has no address '203.0.113.7'"],
    [{ host: 'no such name' }, { hasKeys: async () => true }, "this machine has no address 'no such name'"],
    [{ port: 'http' }, {}, "port 'http': give a name"],
    [{ port: 65_536 }, {}, "port '65536': give a name"],
  ])('says why it cannot listen at %j', async (options, authentication, said) => {
    const problems = await problemsOf(startHttp({ options, authentication }))
    expect(problems[0]!.message).toContain(said)
  })

  it('is open to other machines only when somebody has made a key', async () => {
    const asked: unknown[] = []
    const hasKeys = async (options: unknown) => {
      asked.push(options)
      return false
    }
    for (const authentication of [{ hasKeys }, null]) {
      const [problem] = await problemsOf(startHttp({ config: { host: '0.0.0.0' }, authentication }))
      expect(problem).toMatchObject({ code: 'WAQ_LISTEN_REFUSED', plugin: 'http' })
      expect(problem!.message).toContain('set WAQTOR_API_KEY')
    }
    expect(asked).toEqual([{ made: true }])
    await using open = await startHttp({ config: { host: '0.0.0.0' } })
    expect(open.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/)
  })

  it('finishes what is under way before it stops, and takes nothing new', async () => {
    const it = await startHttp()
    const entered = Promise.withResolvers<void>()
    const leave = Promise.withResolvers<void>()
    it.http.mount('/slow', async () => {
      entered.resolve()
      await leave.promise
      return hello()
    })
    const asking = fetch(`${it.url}/slow`)
    await entered.promise
    const closing = it.test.kernel.close()
    await expect.poll(() => fetch(`${it.url}/health`).catch(() => 'refused')).toBe('refused')
    leave.resolve()
    const response = await asking
    expect([response.headers.get('connection'), await response.text()]).toEqual(['close', 'hello'])
    await closing
  })

  it('cuts what does not finish in time', async () => {
    const it = await startHttp({ config: { closeTimeoutMs: 20 } })
    const entered = Promise.withResolvers<void>()
    it.http.mount('/stuck', () => {
      entered.resolve()
      return new Promise<never>(() => {})
    })
    const asking = fetch(`${it.url}/stuck`).catch((error) => error.cause.code)
    await entered.promise
    await it.test.kernel.close()
    expect(['UND_ERR_SOCKET', 'ECONNRESET']).toContain(await asking)
  })

  it('does not change the globals of the process', async () => {
    const before = [globalThis.Request, globalThis.Response]
    await using _ = await startHttp()
    expect([globalThis.Request, globalThis.Response]).toEqual(before)
  })

  it('F6: leaves nothing behind, however often it comes and goes', async () => {
    const host = { dataDirectory: '/nowhere', version: '1', options: { port: 0 }, isReady: () => true }
    const round = async (plugins: PluginEntry[]) => {
      const test = await testKernel({ plugins, fakes: [fake(HostInfo, host)] })
      await test.kernel.close()
      return () => snapshot(test.kernel)
    }
    await round([http()])
    const before = (await round([definePlugin({ name: 'nothing', config: z.object({}), setup() {} })()]))()
    for (let i = 0; i < 50; i++) expect(await leftBehind(before, await round([http()]))).toEqual([])
  })
})

import { networkInterfaces } from 'node:os'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { isOfThisMachine, isPublic } from './address.ts'
import { createOutgoing, type OutgoingRequest } from './outgoing.ts'
import { parseTarget, placeIn } from './target.ts'
import { hostileResolve, hostileUrls, recordingConnect } from './testing/index.ts'

const how: Omit<OutgoingRequest, 'url'> = { timeoutMs: 5_000, maxBytes: 1_000, larger: 'cut' }

describe('C5: no URL leads into a private network', () => {
  it.each(hostileUrls().map(({ url }) => url))('refuses %j', async (url) => {
    const { connect, dialled } = recordingConnect()
    const outgoing = createOutgoing({ connect, resolve: hostileResolve, ownPorts: () => [8080] })
    const refused = { code: expect.stringMatching(/^WAQ_URL_(INVALID|REFUSED)$/), status: 400 }
    await expect(outgoing.request({ ...how, url })).rejects.toMatchObject(refused)
    await expect(outgoing.check(url)).rejects.toMatchObject(refused)
    expect(dialled).toEqual([])
    await outgoing.close()
  })

  it('knows more than 150 of them', () => {
    expect(new Set(hostileUrls().map(({ url }) => url)).size).toBeGreaterThan(150)
  })

  it('lets public addresses through, also those that a NAT64 or 6to4 prefix carries', async () => {
    for (const host of [
      '93.184.216.34',
      '1.1.1.1',
      '[2606:2800:220:1:248:1893:25c8:1946]',
      '[64:ff9b::5db8:d822]',
      '[2002:5db8:d822::1]',
      'example.com',
      'bücher.example',
    ]) {
      const { connect, dialled } = recordingConnect()
      const outgoing = createOutgoing({ connect, resolve: hostileResolve })
      await expect(outgoing.check(`https://${host}/hook`)).resolves.toBeUndefined()
      await expect(outgoing.request({ ...how, url: `https://${host}/hook` })).rejects.toMatchObject({
        code: 'WAQ_OUTGOING_FAILED',
      })
      expect(dialled).toHaveLength(1)
      expect(isPublic(dialled[0]!.address)).toBe(true)
      await outgoing.close()
    }
  })

  it('asks no proxy that the environment names', async () => {
    const variables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    for (const name of variables) vi.stubEnv(name, name.startsWith('NODE') ? '1' : 'http://127.0.0.1:3128')
    const { connect, dialled } = recordingConnect()
    const outgoing = createOutgoing({ connect, resolve: hostileResolve })
    for (const url of ['http://example.com/', 'https://example.com/'])
      await outgoing.request({ ...how, url }).catch(() => {})
    await outgoing.close()
    vi.unstubAllEnvs()
    expect(dialled.map((it) => `${it.address}:${it.port}`)).toEqual(['93.184.216.34:80', '93.184.216.34:443'])
  })

  it('takes what stands before a fragment for the host, as every browser does', async () => {
    const { connect, dialled } = recordingConnect()
    const outgoing = createOutgoing({ connect, resolve: async () => ['93.184.216.34'] })
    await outgoing.request({ ...how, url: 'http://a.example#@127.0.0.1/' }).catch(() => {})
    await outgoing.close()
    expect(dialled).toMatchObject([{ address: '93.184.216.34', port: 80 }])
  })

  it('never dials what is not public, whatever a resolver answers', async () => {
    const octet = fc.nat(255)
    const four = fc.tuple(octet, octet, octet, octet).map((it) => it.join('.'))
    const six = fc
      .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
      .map((it) => it.map((n) => n.toString(16)).join(':'))
    const mapped = four.map((it) => `::ffff:${it}`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(four, six, mapped, fc.string()), { minLength: 1, maxLength: 4 }),
        async (answer) => {
          const { connect, dialled } = recordingConnect()
          const outgoing = createOutgoing({ connect, resolve: async () => answer })
          await outgoing.request({ ...how, url: 'http://any.example/' }).catch(() => {})
          await outgoing.close()
          // All or none: one bad address among good ones is enough.
          expect(dialled.map((it) => it.address)).toEqual(answer.every((it) => isPublic(it)) ? answer : [])
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('C6: a name that changes its mind', () => {
  it('is connected to where it was checked, and checked anew each time', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1'], ['93.184.216.34', '::1'], ['2606:2800:220:1::1']]
    const { connect, dialled } = recordingConnect()
    const outgoing = createOutgoing({ connect, resolve: async () => answers.shift()! })
    const codes: unknown[] = []
    for (let i = 0; i < 4; i++) {
      await outgoing.request({ ...how, url: 'https://rebinding.example:8443/' }).catch(({ code }) => codes.push(code))
    }
    expect(codes).toEqual(['WAQ_OUTGOING_FAILED', 'WAQ_URL_REFUSED', 'WAQ_URL_REFUSED', 'WAQ_OUTGOING_FAILED'])
    const common = { port: 8443, secure: true, servername: 'rebinding.example' }
    expect(dialled).toEqual([
      { ...common, address: '93.184.216.34' },
      { ...common, address: '2606:2800:220:1::1' },
    ])
    await outgoing.close()
  })
})

describe('what the operator lists', () => {
  const asked = async (url: string, options: Parameters<typeof createOutgoing>[0]) => {
    const { connect, dialled } = recordingConnect()
    const outgoing = createOutgoing({ connect, ...options })
    const error = await outgoing.request({ ...how, url }).catch((it) => it)
    await outgoing.close()
    return dialled.length > 0 ? `${dialled[0]!.address}:${dialled[0]!.port}` : error.code
  }

  it('is reached at that host and port, and nowhere else', async () => {
    const lan = { allowPrivate: ['10.0.0.5:5678', '[fd00::5]:80'] }
    expect(await asked('http://10.0.0.5:5678/webhook', lan)).toBe('10.0.0.5:5678')
    expect(await asked('http://[::ffff:10.0.0.5]:5678/', lan)).toBe('::ffff:a00:5:5678')
    expect(await asked('http://[fd00::5]/', lan)).toBe('fd00::5:80')
    expect(await asked('http://10.0.0.5/', lan)).toBe('WAQ_URL_REFUSED')
    expect(await asked('http://10.0.0.5:5679/', lan)).toBe('WAQ_URL_REFUSED')
    expect(await asked('http://10.0.0.6:5678/', lan)).toBe('WAQ_URL_REFUSED')
  })

  it('may be a name, whatever address that has', async () => {
    const named = { allowPrivate: ['n8n:5678'], resolve: async () => ['172.18.0.4'] }
    expect(await asked('http://n8n:5678/webhook', named)).toBe('172.18.0.4:5678')
    expect(await asked('http://N8N.:5678/webhook', named)).toBe('172.18.0.4:5678')
    expect(await asked('http://other:5678/', named)).toBe('WAQ_URL_REFUSED')
  })

  it('never opens the own ports, under no address of this machine', async () => {
    const ours = Object.values(networkInterfaces()).flatMap((it) => it ?? [])
    const addresses = [
      '127.0.0.1',
      '127.0.0.2',
      '0.0.0.0',
      '::1',
      '::ffff:127.0.0.1',
      ...ours.map((it) => it.address.split('%')[0]!),
    ]
    for (const address of addresses) {
      const host = address.includes(':') ? `[${address}]` : address
      const rules = { allowPrivate: [`${host}:8080`, `${host}:8081`, 'own.example:8080'], ownPorts: () => [8080] }
      expect(isOfThisMachine(address)).toBe(true)
      expect(await asked(`http://${host}:8080/api/v2/keys`, rules)).toBe('WAQ_URL_REFUSED')
      expect(await asked('http://own.example:8080/', { ...rules, resolve: async () => [address] })).toBe(
        'WAQ_URL_REFUSED',
      )
      expect(await asked(`http://${host}:8081/`, rules)).toMatch(/:8081$/)
    }
    // A gateway on the way makes our own public address of these.
    expect(isOfThisMachine('64:ff9b::7f00:1')).toBe(true)
    expect(isOfThisMachine('2002:7f00:1::1')).toBe(true)
    // The same port of somebody else is somebody else's.
    expect(await asked('http://93.184.216.34:8080/', { ownPorts: () => [8080] })).toBe('93.184.216.34:8080')
  })

  it.each(['10.0.0.5', 'http://10.0.0.5:80', '10.0.0.5:0', '10.0.0.5:99999', ':80', 'a b:80', 'u@h:80', 'h:80/path'])(
    'is not %j, which is no place',
    (entry) => {
      expect(placeIn(entry)).toBeUndefined()
    },
  )
})

describe('parseTarget', () => {
  it('keeps path and query, drops the fragment, and knows the usual ports', () => {
    const target = parseTarget('HTTPS://Example.COM/a/../b?c=d#e')
    expect(target.url.href).toBe('https://example.com/b?c=d')
    expect(target).toMatchObject({ secure: true, hostname: 'example.com', port: 443, place: 'example.com:443' })
    expect(parseTarget('http://[2606:2800:220:1::1]/')).toMatchObject({ place: '[2606:2800:220:1::1]:80' })
  })
})

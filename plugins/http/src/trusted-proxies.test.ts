import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNetwork } from './network.ts'
import { TrustedProxies } from './trusted-proxies.ts'

const asked = (peer: string | undefined, forwardedFor?: string, proto?: string) =>
  ({
    socket: { remoteAddress: peer },
    headers: {
      ...(forwardedFor !== undefined && { 'x-forwarded-for': forwardedFor }),
      ...(proto !== undefined && { 'x-forwarded-proto': proto }),
    },
  }) as Pick<IncomingMessage, 'socket' | 'headers'>

const addressOf = (trusted: readonly string[], peer: string | undefined, forwardedFor?: string) =>
  new TrustedProxies(trusted).clientOf(asked(peer, forwardedFor))?.address

describe('the address of a client', () => {
  const chain = ['loopback', '10.0.0.2', '198.51.100.0/24']

  it.each([
    ['one proxy', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a chain of ours', '127.0.0.1', '203.0.113.7, 198.51.100.9,10.0.0.2', '203.0.113.7'],
    ['a stranger who writes the header, too', '127.0.0.1', '192.0.2.1, 10.0.0.2, 203.0.113.7', '203.0.113.7'],
    ['a stranger who calls himself one of ours', '127.0.0.1', '127.0.0.1, 203.0.113.7', '203.0.113.7'],
    ['nobody but ours', '127.0.0.1', '10.0.0.2, 198.51.100.9', '10.0.0.2'],
    ['a proxy that says nothing', '127.0.0.1', undefined, '127.0.0.1'],
    ['a proxy over IPv6', '::1', '2001:DB8:0:0::1', '2001:db8::1'],
    ['a proxy on a socket for both', '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a mapped address', '127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['a mapped address of ours', '127.0.0.1', '203.0.113.7, ::FFFF:a00:2', '203.0.113.7'],
    ['an address with its port', '127.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['brackets', '127.0.0.1', '[2001:db8::1]', '2001:db8::1'],
    ['brackets and a port', '127.0.0.1', ' [2001:db8::1]:4711 ', '2001:db8::1'],
    ['a word', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['a word among addresses', '127.0.0.1', '203.0.113.7, unknown, 10.0.0.2', '10.0.0.2'],
    ['an empty place', '127.0.0.1', '203.0.113.7, , 10.0.0.2', '10.0.0.2'],
    ['an address that is none', '127.0.0.1', '203.0.113.777', '127.0.0.1'],
    ['an odd writing of one', '127.0.0.1', '0x7f.1', '127.0.0.1'],
    ['a zone', '127.0.0.1', 'fe80::1%eth0', '127.0.0.1'],
    ['a port of nothing', '127.0.0.1', ':4711', '127.0.0.1'],
    ['nothing', '127.0.0.1', '', '127.0.0.1'],
  ])('%s', (_, peer, forwardedFor, expected) => {
    expect(addressOf(chain, peer, forwardedFor)).toBe(expected)
  })

  it.each([
    '203.0.113.7',
    '10.0.0.3',
    '10.0.0.20',
    '198.51.101.1',
    '::2',
    '::ffff:203.0.113.7',
    'fe80::1%lo',
    '',
    undefined,
  ])('is not to be had from %j, which is no proxy of ours', (peer) => {
    expect(new TrustedProxies(chain).clientOf(asked(peer, '192.0.2.1', 'https'))).toBeUndefined()
  })

  it('is never of the choosing of somebody behind proxies that say whom they were asked by', () => {
    const proxies = new TrustedProxies(chain)
    const stranger = '203.0.113.7'
    const ours = fc.constantFrom('10.0.0.2', '198.51.100.7', '127.0.0.9', '::1')
    const written = fc.array(
      fc.oneof(fc.ipV4(), fc.ipV6(), ours, fc.string(), fc.constantFrom('unknown', '', stranger, '[::1]:1')),
    )
    fc.assert(
      fc.property(written, fc.array(ours, { maxLength: 4 }), (forged, hops) => {
        const header = [...forged, stranger, ...hops].join(',')
        expect(proxies.clientOf(asked('127.0.0.1', header))?.address).toBe(stranger)
        expect(proxies.clientOf(asked(stranger, header))).toBeUndefined()
      }),
    )
  })

  it('is looked for no further back than any proxies reach', () => {
    const header = (hops: number) => `203.0.113.7${',10.1.1.1'.repeat(hops)}`
    expect(addressOf(['private'], '10.0.0.2', header(19))).toBe('203.0.113.7')
    expect(addressOf(['private'], '10.0.0.2', header(5_000))).toBe('10.1.1.1')
  })
})

describe('how a client came', () => {
  it.each([
    ['https', true],
    ['HTTPS, http', true],
    ['http', false],
    ['http, https', false],
    ['', false],
    [undefined, false],
  ])('by %j of a trusted proxy, by https: %j', (proto, https) => {
    expect(new TrustedProxies(['loopback']).clientOf(asked('127.0.0.1', undefined, proto))).toEqual({
      address: '127.0.0.1',
      https,
    })
  })
})

describe('a network of proxies', () => {
  it.each([
    ['loopback', '127.9.9.9', '128.0.0.1'],
    ['loopback', '::1', '::2'],
    ['private', '10.255.0.1', '11.0.0.1'],
    ['private', '172.31.0.1', '172.32.0.1'],
    ['private', '192.168.4.4', '192.169.0.1'],
    ['private', 'fd12::1', 'fe80::1'],
    ['10.1.2.3/16', '10.1.255.255', '10.2.0.0'],
    ['192.0.2.8', '192.0.2.8', '192.0.2.9'],
    ['2001:db8::/33', '2001:db8:7fff::1', '2001:db8:8000::1'],
    ['::ffff:10.0.0.0/104', '10.9.9.9', '11.0.0.1'],
  ])('%s has %s, and not %s', (network, inside, outside) => {
    const isInside = (peer: string) => new TrustedProxies([network]).clientOf(asked(peer)) !== undefined
    expect(isInside(inside)).toBe(true)
    expect(isInside(outside)).toBe(false)
  })

  it('does not hold everybody in other clothes', () => {
    expect(addressOf(['::ffff:0:0/96', '::/1'], '203.0.113.7', '192.0.2.1')).toBeUndefined()
  })

  it.each([
    ...['loopback', 'private', '10.0.0.1', '10.0.0.0/8', '::ffff:10.0.0.0/104', '::1', 'fd00::/8', '2001:db8::/128'],
  ])('can be %j', (text) => expect(isNetwork(text)).toBe(true))

  it.each([
    ...['', 'nginx', 'Loopback', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '10.0.0.1/8/8', 'fe80::1%eth0', '[::1]', '*'],
    ...['toString', '0.0.0.0/0', '0.0.0.0/1', '::/0', '::/1', '::ffff:0:0/96', '::/129', ' 10.0.0.1'],
  ])('is not %j', (text) => expect(isNetwork(text)).toBe(false))
})

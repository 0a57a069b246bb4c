import { describe, expect, it } from 'vitest'
import { bracketed, hostCheck, isLoopback } from './allowed-hosts.ts'

describe('D12: the Host header', () => {
  const onLoopback = hostCheck('127.0.0.1', ['waqtor.example.org'])
  const onAll = hostCheck('0.0.0.0', ['waqtor.example.org'])

  it.each(['127.0.0.1', '127.0.0.1:8080', 'localhost:1', 'LOCALHOST', '[::1]:8080', 'Waqtor.Example.org:443'])(
    'names us as %s',
    (header) => {
      expect(onLoopback(header)).toBe(true)
      expect(onAll(header)).toBe(true)
    },
  )

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    'evil-waqtor.example.org',
    'waqtor.example.org.evil',
    '127.0.0.1.nip.io',
    '127.0.0.1@evil.example',
    '127.0.0.1:8080:1',
    '127.0.0.1:port',
    ':8080',
    'localhost.',
  ])('names somebody else as %s', (header) => {
    expect(onLoopback(header)).toBe(false)
    expect(onAll(header)).toBe(false)
  })

  it('may be any literal address where other machines connect', () => {
    for (const header of ['192.168.1.5', '10.0.0.1:8080', '[2001:db8::1]:8080']) {
      expect(onAll(header)).toBe(true)
      expect(onLoopback(header)).toBe(false)
    }
  })

  it('may be anything where that is asked for', () => {
    expect(hostCheck('0.0.0.0', ['*'])('evil.example')).toBe(true)
  })
})

describe('an address', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('%s is of this machine only', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  it.each(['0.0.0.0', '::', '192.168.1.5', 'waqtor.example.org', '127.evil.example', '128.0.0.1'])(
    '%s may be reached from elsewhere',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )

  it('stands in brackets in a URL when it is of version 6', () => {
    expect(['::1', '127.0.0.1', 'localhost'].map(bracketed)).toEqual(['[::1]', '127.0.0.1', 'localhost'])
  })
})

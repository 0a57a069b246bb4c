import { describe, expect, it } from 'vitest'
import { isLoopback, parseListenAddress } from './listen-address.ts'

describe('an address to listen on', () => {
  it('is read in every usual writing, and is the loopback one where no host is named', () => {
    expect(parseListenAddress('127.0.0.1:9180')).toEqual({ host: '127.0.0.1', port: 9180 })
    expect(parseListenAddress('9180')).toEqual({ host: '127.0.0.1', port: 9180 })
    expect(parseListenAddress(':0')).toEqual({ host: '127.0.0.1', port: 0 })
    expect(parseListenAddress('[::1]:80')).toEqual({ host: '::1', port: 80 })
    expect(parseListenAddress('simulator.lan:80')).toEqual({ host: 'simulator.lan', port: 80 })
  })

  it('is refused when it is none', () => {
    for (const text of ['', 'localhost', '127.0.0.1:', '127.0.0.1:99999', 'a b:1', 'http://127.0.0.1:1', '::1:80']) {
      expect(parseListenAddress(text), text).toBeUndefined()
    }
  })

  it('tells what only this machine reaches', () => {
    const loopback = (host: string) => isLoopback({ host, port: 1 })
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(loopback)).toBe(true)
    expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example'].some(loopback)).toBe(false)
  })
})

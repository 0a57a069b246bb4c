import { describe, expect, it } from 'vitest'
import { FileStore } from './file-store.ts'

describe('the file store', () => {
  it('keeps files as long as there is room, and lets the oldest go', () => {
    const store = new FileStore(10)
    const file = (bytes: number) => new Uint8Array(bytes)
    store.put('a', file(4))
    store.put('b', file(4))
    store.put('a', file(4))
    expect([store.get('a')?.byteLength, store.get('b')?.byteLength]).toEqual([4, 4])
    store.put('c', file(4))
    expect([store.get('a'), store.get('b')?.byteLength, store.get('c')?.byteLength]).toEqual([undefined, 4, 4])
    store.put('d', file(11))
    expect([store.get('b'), store.get('c'), store.get('d')]).toEqual([undefined, undefined, undefined])
  })
})

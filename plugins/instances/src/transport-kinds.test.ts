import { describe, expect, it } from 'vitest'
import { ScriptedProvider } from './testing/scripted-transport.ts'
import { TransportKinds } from './transport-kinds.ts'

const nobody = { added: () => {}, removed: async () => {} }

describe('kinds of transport', () => {
  it('are chosen by name, by the default of the config, or as the first that was brought', () => {
    const kinds = new TransportKinds(undefined, nobody)
    expect(() => kinds.choose(undefined)).toThrow('no plugin brings a transport')
    kinds.add(new ScriptedProvider('a'))
    kinds.add(new ScriptedProvider('b'))
    expect(kinds.choose(undefined)).toBe('a')
    expect(kinds.choose('b')).toBe('b')
    expect(() => kinds.choose('c')).toThrow("no plugin brings the transport 'c' (there is 'a', 'b')")

    const preferring = new TransportKinds('b', nobody)
    expect(preferring.preferred).toBe('b')
    expect(() => preferring.choose(undefined)).toThrow("no plugin brings the transport 'b' (there is none)")
  })

  it('are brought by one plugin each', () => {
    const kinds = new TransportKinds(undefined, nobody)
    kinds.add(new ScriptedProvider('a'))
    expect(() => kinds.add(new ScriptedProvider('a'))).toThrow(/two plugins bring the transport 'a'/)
  })

  it('go once, however often they are undone, and never for one that came later', async () => {
    const gone: string[] = []
    const kinds = new TransportKinds(undefined, { added: () => {}, removed: async (kind) => void gone.push(kind) })
    const undo = kinds.add(new ScriptedProvider('a'))
    await undo()
    kinds.add(new ScriptedProvider('a'))
    await undo()
    expect(gone).toEqual(['a'])
    expect(kinds.choose('a')).toBe('a')
  })
})

import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { Clients } from './clients.ts'

const client = (principalId: string, conn: object) =>
  ({ path: '/x', principalId, socket: { conn } }) as unknown as Client

describe('clients', () => {
  it('are counted by who they are and by their connection, and each is taken off once', () => {
    const [one, two] = [{}, {}]
    const clients = new Clients()
    const all = [client('a', one), client('a', one), client('b', two)]
    for (const it of all) clients.add(it)
    clients.remove(all[0]!)
    clients.remove(all[0]!)
    expect([clients.size, clients.countOf('a'), clients.countOf('b'), clients.countOf('c')]).toEqual([2, 1, 1, 0])
    expect([clients.countOn(one as never), clients.countOn(two as never)]).toEqual([1, 1])
    clients.remove(all[1]!)
    expect([clients.countOf('a'), clients.countOn(one as never), clients.counts()]).toEqual([0, 0, { '/x': 1 }])
  })
})

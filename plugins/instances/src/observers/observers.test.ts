import { type ChatFact, fail, type InstanceObserver, type Session } from '@waqtor/contracts'
import { recordingLogger } from '@waqtor/kernel/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { settle, VirtualScheduler } from '../testing/virtual-scheduler.ts'
import { MOST } from './fact-queue.ts'
import { Observers } from './observers.ts'

let clock: VirtualScheduler
let logger: ReturnType<typeof recordingLogger>
let observers: Observers
let overfull: string[]

beforeEach(() => {
  clock = new VirtualScheduler()
  logger = recordingLogger()
  overfull = []
  observers = new Observers({
    scheduler: clock,
    log: logger,
    closeMs: 2_000,
    full: (instance) => overfull.push(instance),
  })
})

const ack = (n: number): ChatFact => ({ type: 'ack', messageId: `m${n}`, ack: 1 })
const session = { instance: 'shop', pairing: 'p1' } as Session
function push(...numbers: number[]): void {
  for (const n of numbers) observers.push('shop', ack(n))
}

/** Notes the numbers of the facts that it handled, batch by batch. */
function noting(handle: (numbers: number[]) => Promise<void> = async () => {}) {
  const batches: number[][] = []
  return {
    batches,
    async facts(_: string, facts: readonly ChatFact[]) {
      const numbers = facts.map((it) => Number((it as Extract<ChatFact, { type: 'ack' }>).messageId.slice(1)))
      await handle(numbers)
      batches.push(numbers)
    },
  }
}

describe('facts', () => {
  it('come in order; what came while a batch was handled makes the next one', async () => {
    const gate = Promise.withResolvers<void>()
    const observer = noting(() => gate.promise)
    observers.add(observer)
    await observers.open('shop')
    push(1, 2)
    await settle()
    push(3)
    push(4)
    await settle()
    expect(observer.batches).toEqual([])
    gate.resolve()
    await settle()
    expect(observer.batches).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  it('wait for the observer to have opened the instance', async () => {
    const opened = Promise.withResolvers<void>()
    const observer = { ...noting(), opened: () => opened.promise }
    observers.add(observer)
    const opening = observers.open('shop')
    push(1)
    await settle()
    expect(observer.batches).toEqual([])
    opened.resolve()
    await opening
    await settle()
    expect(observer.batches).toEqual([[1]])
  })

  it('go to each observer at its own pace', async () => {
    const slow = noting(() => new Promise(() => {}))
    const quick = noting()
    observers.add(slow)
    observers.add(quick)
    await observers.open('shop')
    push(1)
    await settle()
    push(2)
    await settle()
    expect(quick.batches).toEqual([[1], [2]])
    expect(slow.batches).toEqual([])
  })

  it('come again as long as the storage is at fault', async () => {
    let full = true
    const observer = noting(async () => {
      if (full) throw fail('WAQ_STORAGE_FULL', 'no space left')
    })
    observers.add(observer)
    await observers.open('shop')
    push(1, 2)
    await clock.pass(3_600_000)
    push(3)
    full = false
    await clock.pass(60_000)
    expect(observer.batches.flat()).toEqual([1, 2, 3])
  })

  it('are passed over one by one only where their handler keeps failing', async () => {
    const observer = noting(async (numbers) => {
      if (numbers.includes(2)) throw new Error('poison')
    })
    observers.add(observer)
    await observers.open('shop')
    push(1, 2, 3)
    await clock.pass(60_000)
    expect(observer.batches).toEqual([[1], [3]])
    expect(logger.lines.filter((it) => it.level === 'error')).toEqual([
      expect.objectContaining({ data: { instance: 'shop', fact: 'ack', id: 'm2', problem: 'poison' } }),
    ])
  })

  it('name the message when it is one that is passed over', async () => {
    observers.add(noting(() => Promise.reject(new Error('poison'))))
    await observers.open('shop')
    observers.push('shop', { type: 'message', message: { messageId: 'in1' } } as ChatFact)
    await clock.pass(60_000)
    expect(logger.lines.at(-1)).toMatchObject({ level: 'error', data: { fact: 'message', id: 'in1' } })
  })

  it('are never dropped, however many wait; the connection is told to stop bringing more', async () => {
    const gate = Promise.withResolvers<void>()
    const observer = noting(() => gate.promise)
    observers.add(observer)
    await observers.open('shop')
    for (let n = 0; n < MOST; n++) push(n)
    expect(overfull).toEqual(['shop'])
    expect(logger.lines.filter((it) => it.level === 'warn')).toHaveLength(1)
    gate.resolve()
    await clock.pass(1)
    while (observer.batches.flat().length < MOST) await settle()
    expect(observer.batches.flat().every((n, index) => n === index)).toBe(true)
  })
})

describe('an observer that comes late', () => {
  it('is told of open instances and ready sessions, in this order', async () => {
    await observers.open('shop')
    observers.ready(session)
    const told: string[] = []
    observers.add({
      opened: async () => void told.push('opened'),
      ready: ({ pairing }) => void told.push(`ready ${pairing}`),
    })
    await settle()
    expect(told).toEqual(['opened', 'ready p1'])
    observers.ready(session)
    expect(told).toHaveLength(2)
  })

  it('is asked again when it could not open', async () => {
    await observers.open('shop')
    let tries = 0
    const observer: InstanceObserver = {
      opened: async () => {
        if (++tries < 3) throw new Error('locked')
      },
    }
    observers.add(observer)
    await clock.pass(10_000)
    expect(tries).toBe(3)
    expect(logger.lines).toHaveLength(2)
  })

  it('is not asked any more once it has left', async () => {
    await observers.open('shop')
    let tries = 0
    const undo = observers.add({ opened: () => Promise.reject(new Error(`try ${++tries}`)) })
    await settle()
    await undo()
    await undo()
    await clock.pass(600_000)
    expect(tries).toBe(1)
  })
})

describe('opening', () => {
  it('fails when one observer fails, and asks only that one again', async () => {
    let good = 0
    let bad = 0
    observers.add({ opened: async () => void good++ })
    observers.add({
      opened: async () => {
        if (++bad === 1) throw new Error('locked')
      },
    })
    await expect(observers.open('shop')).rejects.toThrow('locked')
    await observers.open('shop')
    expect([good, bad]).toEqual([1, 2])
  })
})

describe('news of the session', () => {
  it('reach every observer though one throws', async () => {
    const told: string[] = []
    observers.add({
      ready: () => {
        throw new Error('first')
      },
      lost: () => {
        throw new Error('second')
      },
    })
    observers.add({
      ready: () => void told.push('ready'),
      lost: (_, reason, permanent) => void told.push(`${reason} ${permanent}`),
    })
    await observers.open('shop')
    observers.ready(session)
    observers.lost('shop', 'network', false)
    expect(told).toEqual(['ready', 'network false'])
    expect(logger.lines.map((it) => it.data)).toEqual([
      { instance: 'shop', problem: 'first' },
      { instance: 'shop', problem: 'second' },
    ])
  })
})

describe('closing', () => {
  it('lets the observers finish first, and then let go', async () => {
    const gate = Promise.withResolvers<void>()
    const told: string[] = []
    observers.add({
      facts: async () => {
        await gate.promise
        told.push('facts')
      },
      closed: async () => void told.push('closed'),
    })
    await observers.open('shop')
    push(1)
    const closing = observers.close('shop')
    gate.resolve()
    await closing
    expect(told).toEqual(['facts', 'closed'])
    await observers.close('shop')
    push(2)
    observers.lost('shop', 'network', false)
    await settle()
    expect(told).toHaveLength(2)
  })

  it('does not wait for ever', async () => {
    observers.add({ closed: () => new Promise(() => {}) })
    await observers.open('shop')
    const closing = observers.close('shop')
    await clock.pass(2_000)
    await closing
    expect(logger.lines).toMatchObject([{ level: 'warn', data: { problem: 'it took more than 2000 ms' } }])
  })
})

describe('while an observer is away', () => {
  it('its facts are kept for the next of its name, in order, with those it had not begun', async () => {
    const gate = Promise.withResolvers<void>()
    const before = { name: 'messages', ...noting(() => gate.promise) }
    const undo = observers.add(before)
    await observers.open('shop')
    push(1)
    await settle()
    push(2, 3)
    const gone = undo()
    push(4)
    gate.resolve()
    await gone
    push(5)
    const after = { name: 'messages', ...noting() }
    observers.add(after)
    push(6)
    await settle()
    expect(before.batches).toEqual([[1]])
    expect(after.batches.flat()).toEqual([2, 3, 4, 5, 6])
  })

  it('what it failed at last is kept, too', async () => {
    const gate = Promise.withResolvers<void>()
    const undo = observers.add(noting(() => gate.promise))
    await observers.open('shop')
    push(1)
    await settle()
    const gone = undo()
    gate.reject(new Error('closed'))
    await gone
    const after = noting()
    observers.add(after)
    await settle()
    expect(after.batches).toEqual([[1]])
  })

  it('they are given to nobody else, and forgotten after a minute', async () => {
    await observers.open('shop')
    const undo = observers.add({ name: 'messages', ...noting() })
    await settle()
    await undo()
    push(1)
    const other = { name: 'contacts', ...noting() }
    observers.add(other)
    await clock.pass(60_000)
    const after = { name: 'messages', ...noting() }
    observers.add(after)
    await settle()
    expect(other.batches).toEqual([])
    expect(after.batches).toEqual([])
  })

  it('no timer is left when everything ends', async () => {
    await observers.open('shop')
    const undo = observers.add(noting())
    await settle()
    await undo()
    expect(clock.pending).toBe(1)
    observers.end()
    expect(clock.pending).toBe(0)
  })
})

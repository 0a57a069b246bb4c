import type { EventQuery } from '@waqtor/contracts'
import { type Call, type Denial, defineEvent, type Envelope, type Guarded, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { EventFeed, type EventFeedOptions } from './event-feed.ts'

const token = (id: string) =>
  defineEvent(id, { kind: 'recorded', permission: 'x:read', scope: 'instance', schema: z.object({}) })
const tokens = [token('a.done'), token('b.done')]

function envelope(sequence: number | undefined, type = 'a.done', instance: string | null = 'default'): Envelope {
  const numbered = sequence === undefined ? {} : { sequence }
  return { id: `evt_${sequence}`, type, instance, time: 't', data: {}, ...numbered }
}

/** A log in memory, with pages of two. */
class Log {
  readonly events: Envelope[] = []
  /** Runs before a page is read. */
  before = (): void => {}

  async page({ after, types }: EventQuery) {
    this.before()
    const rest = this.events.filter((it) => it.sequence! > Number(after) && (!types || types.includes(it.type)))
    const items = rest.slice(0, 2)
    return { items, nextCursor: String(items.at(-1)?.sequence ?? after), more: rest.length > items.length }
  }
}

interface Fixture {
  readonly log: Log
  readonly asked: { readonly id: string; readonly call: Partial<Call> }[]
  discloses: (type: string) => boolean
  answer: (subject: Guarded) => Denial | undefined | Promise<Denial | undefined>
  feed(more?: Partial<EventFeedOptions<number | undefined>>): EventFeed<number | undefined>
}

function fixture(): Fixture {
  const log = new Log()
  const asked: Fixture['asked'] = []
  const made: Fixture = {
    log,
    asked,
    discloses: () => true,
    answer: () => undefined,
    feed: (more) =>
      new EventFeed({
        kernel: {
          events: { get: (id: string) => tokens.find((it) => it.id === id) } as never,
          async authorize(subject, call) {
            asked.push({ id: subject.id, call })
            return made.answer(subject)
          },
        },
        log,
        call: { id: 'call_1' },
        instance: 'default',
        types: undefined,
        after: undefined,
        frameOf: (it) => it.sequence,
        discloses: async (type) => made.discloses(type),
        ...more,
      }),
  }
  return made
}

const push = (feed: EventFeed<number | undefined>, it: Envelope, size = 1) => feed.push(it, it.sequence, size)

/** Everything until the feed would wait, or until `count` have come. */
async function take(feed: EventFeed<number | undefined>, count: number): Promise<(number | undefined)[]> {
  const taken: (number | undefined)[] = []
  while (taken.length < count) taken.push(...((await feed.next()) ?? []))
  return taken
}

describe('a feed', () => {
  it('begins with what happens when it is told no place', async () => {
    const { feed, log } = fixture()
    log.events.push(envelope(1))
    const it = feed()
    push(it, envelope(2))
    expect(await it.next()).toEqual([2])
  })

  it('leaves nothing out and gives nothing twice where the log meets the bus, wherever an event falls', async () => {
    for (let fall = 0; fall < 12; fall++) {
      const { feed, log } = fixture()
      for (let sequence = 1; sequence <= 5; sequence++) log.events.push(envelope(sequence))
      const it = feed({ after: '1' })
      let reads = 0
      const happen = () => {
        const next = envelope(log.events.length + 1)
        log.events.push(next)
        push(it, next)
      }
      log.before = () => {
        if (reads++ === fall) happen()
      }
      const seen = await take(it, 4)
      happen()
      while (seen.length < log.events.length - 1) seen.push(...(await take(it, 1)))
      expect([fall, seen]).toEqual([fall, log.events.slice(1).map(({ sequence }) => sequence)])
    }
  })

  it('concerns one log, and the types that were asked for', async () => {
    const { feed } = fixture()
    const it = feed({ types: new Set(['b.done']) })
    push(it, envelope(1))
    push(it, envelope(2, 'b.done', 'shop'))
    push(it, envelope(3, 'b.done', null))
    push(it, envelope(4, 'b.done'))
    expect(await it.next()).toEqual([4])
  })

  it('shows what the gate allows, asks once for each type, and anew when it is told to', async () => {
    const made = fixture()
    made.answer = ({ id }) => (id === 'b.done' ? { status: 403, code: 'forbidden', reason: 'no' } : undefined)
    const it = made.feed()
    for (let sequence = 1; sequence <= 4; sequence++) push(it, envelope(sequence, sequence % 2 ? 'a.done' : 'b.done'))
    push(it, envelope(5, 'unknown'))
    expect(await it.next()).toEqual([1, 3])
    expect(made.asked.map(({ id }) => id)).toEqual(['a.done', 'b.done'])
    made.answer = () => undefined
    push(it, envelope(6, 'b.done'))
    it.reconsider({ id: 'call_2' })
    push(it, envelope(7, 'b.done'))
    expect(await it.next()).toEqual([7])
    expect(made.asked.at(-1)).toEqual({ id: 'b.done', call: { id: 'call_2' } })
  })

  it('does not keep an answer about who the caller was before', async () => {
    const made = fixture()
    const it = made.feed()
    made.answer = () => {
      it.reconsider({ id: 'call_2' })
      made.answer = () => ({ status: 403, code: 'forbidden', reason: 'no' })
      return undefined
    }
    push(it, envelope(1))
    push(it, envelope(2))
    expect(await it.next()).toEqual([1])
  })

  it('breaks off where the gate cannot tell, so that nothing is lost to who comes back', async () => {
    const made = fixture()
    made.answer = () => ({ status: 503, code: 'reloading', reason: 'is being restarted' })
    const it = made.feed()
    push(it, envelope(1))
    await expect(it.next()).rejects.toMatchObject({ code: 'WAQ_ABORTED' })
  })

  it('hands out what counts as a look only when it is one, and asks again when it was none', async () => {
    const made = fixture()
    const looks: string[] = []
    let shown = false
    made.discloses = (type) => {
      looks.push(type)
      return shown
    }
    const it = made.feed()
    push(it, envelope(1))
    expect(await it.next()).toEqual([])
    shown = true
    push(it, envelope(2))
    push(it, envelope(3))
    expect(await it.next()).toEqual([2, 3])
    expect(looks).toEqual(['a.done', 'a.done'])
  })

  it('lets an event go at once only when nothing comes before it', async () => {
    const { feed } = fixture()
    const it = feed()
    expect(it.takesNow(envelope(1))).toBe(false)
    push(it, envelope(1))
    expect(await it.next()).toEqual([1])
    // Not before somebody asks for more: what was taken may still be on its way out.
    expect(it.takesNow(envelope(2))).toBe(false)
    const next = it.next()
    expect(it.takesNow(envelope(2))).toBe(true)
    expect(it.takesNow(envelope(2))).toBe(false)
    expect(it.takesNow(envelope(3, 'b.done'))).toBe(false)
    expect(it.takesNow(envelope(3, 'a.done', 'shop'))).toBe(false)
    push(it, envelope(4))
    expect(it.takesNow(envelope(5))).toBe(false)
    expect(await next).toEqual([4])
  })

  it('gives up on a client that takes nothing', () => {
    const { feed } = fixture()
    const it = feed()
    expect(push(it, envelope(1), 600_000)).toBe(true)
    expect(push(it, envelope(2), 600_000)).toBe(false)
  })

  it('ends, and answers when it is woken', async () => {
    const { feed } = fixture()
    const it = feed()
    const woken = it.next()
    it.wake()
    expect(await woken).toEqual([])
    const last = it.next()
    it.end()
    expect(await last).toBeUndefined()
    expect(await it.next()).toBeUndefined()
    expect(push(it, envelope(1), 2_000_000)).toBe(true)
  })
})

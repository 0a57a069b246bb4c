import { describe, expect, it } from 'vitest'
import { directQueue, QueueBook } from './queue-book.ts'

const queue = (id: string, open = true, inFlight = 1) => ({
  id,
  source: id === directQueue ? ('api' as const) : ('campaign' as const),
  open,
  inFlight,
  gapMs: 0,
})
const ids = (book: QueueBook) => book.inTurn().map((it) => it.settings.id)

describe('QueueBook', () => {
  it('lets direct sends go first and campaigns take turns', () => {
    const book = new QueueBook()
    for (const it of ['a', directQueue, 'b', 'c']) book.put(queue(it))
    expect([ids(book), ids(book), ids(book)]).toEqual([
      [directQueue, 'a', 'b', 'c'],
      [directQueue, 'b', 'c', 'a'],
      [directQueue, 'c', 'a', 'b'],
    ])
  })

  it('leaves out what is closed, and allows what the most generous open queue allows', () => {
    const book = new QueueBook()
    book.put(queue('a', true, 5))
    book.put(queue('b', false, 50))
    expect(ids(book)).toEqual(['a'])
    expect(book.capacity(1_000)).toBe(5)
    expect(book.capacity(1)).toBe(1)
    book.setOpen('b', true)
    expect(book.capacity(1_000)).toBe(50)
  })

  it('gives a queue that is opened again a clean record', () => {
    const book = new QueueBook()
    book.put(queue('a'))
    for (let i = 0; i < 4; i++) book.get('a')!.errors.add(false)
    book.setOpen('a', false)
    book.setOpen('a', true)
    expect(book.get('a')!.errors.add(false)).toBeUndefined()
  })

  it('forgets a queue', () => {
    const book = new QueueBook()
    book.put(queue('a'))
    book.forget('a')
    expect(book.get('a')).toBeUndefined()
    expect(book.ids()).toEqual([])
  })
})

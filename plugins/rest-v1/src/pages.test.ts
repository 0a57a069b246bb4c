import { describe, expect, it } from 'vitest'
import { pageOf } from './pages.ts'

/** A list of the numbers from 1 to 7, which counts how often it was asked. */
function numbers() {
  const asked: { limit: number; cursor?: string }[] = []
  const list = async (page: { limit: number; cursor?: string }) => {
    asked.push(page)
    const start = Number(page.cursor ?? 0)
    const items = [1, 2, 3, 4, 5, 6, 7].slice(start, start + page.limit)
    return { items, nextCursor: start + page.limit < 7 ? String(start + page.limit) : null }
  }
  return { asked, list }
}

describe('a page', () => {
  it('is found by its number', async () => {
    const { list } = numbers()
    expect(await pageOf({ limit: '3' }, list)).toEqual({ items: [1, 2, 3], nextCursor: '3' })
    expect(await pageOf({ limit: '3', page: '3' }, list)).toEqual({ items: [7], nextCursor: null })
  })

  it('beyond the end is empty, and is not looked for any further than there', async () => {
    const { list, asked } = numbers()
    expect(await pageOf({ limit: '3', page: '900' }, list)).toEqual({ items: [], nextCursor: null })
    expect(asked).toHaveLength(3)
  })

  it('is found by a cursor, whatever number is given besides', async () => {
    const { list, asked } = numbers()
    expect(await pageOf({ cursor: '5', page: '3' }, list)).toEqual({ items: [6, 7], nextCursor: null })
    expect(asked).toEqual([{ limit: 50, cursor: '5' }])
  })

  it.each([
    ['limit', '0'],
    ['limit', '501'],
    ['limit', '1.5'],
    ['page', '-1'],
    ['page', 'x'],
    ['page', '201'],
  ])('is refused for the %s %s', async (name, value) => {
    await expect(pageOf({ [name]: value }, numbers().list)).rejects.toMatchObject({ status: 400 })
  })
})

import { describe, expect, it, vi } from 'vitest'
import { preparePage } from './prepare-page.ts'

const still = { documents: () => 1, isOver: () => false }

describe('a page that is prepared', () => {
  it('is prepared again when it was loaded anew meanwhile', async () => {
    const inject = vi.fn(async () => {})
    inject.mockRejectedValueOnce(new Error('Execution context was destroyed'))
    inject.mockRejectedValueOnce(new Error('Cannot find context with specified id'))
    await preparePage({ inject }, still)
    expect(inject).toHaveBeenCalledTimes(3)
  })

  it('is prepared again when another document has answered', async () => {
    let documents = 1
    const inject = vi.fn(async () => {})
    inject.mockImplementationOnce(async () => {
      documents++
      throw new TypeError('window.require is not a function')
    })
    await preparePage({ inject }, { ...still, documents: () => documents })
    expect(inject).toHaveBeenCalledTimes(2)
  })

  it('is given up when it is not what it was, also where the library throws a mere string', async () => {
    const inject = vi.fn(() => Promise.reject('auth timeout'))
    await expect(preparePage({ inject }, still)).rejects.toThrow(new Error('auth timeout'))
    expect(inject).toHaveBeenCalledOnce()
  })

  it('is given up when it is loaded anew without end, or when nobody needs it any more', async () => {
    const inject = vi.fn(() => Promise.reject(new Error('Cannot find context with specified id')))
    await expect(preparePage({ inject }, still)).rejects.toThrow('Cannot find context')
    expect(inject.mock.calls.length).toBeGreaterThan(2)
    inject.mockClear()
    await expect(preparePage({ inject }, { ...still, isOver: () => true })).rejects.toThrow('Cannot find context')
    expect(inject).toHaveBeenCalledOnce()
  })
})

import { afterEach, expect, it, vi } from 'vitest'
import { exposeThroughOne } from './page-functions.ts'

afterEach(() => vi.unstubAllGlobals())

it('brings calls of the page to whatever was exposed last under a name', async () => {
  const exposeFunction = vi.fn(async (name: string, handler: (...args: never[]) => unknown) => {
    vi.stubGlobal(name, async (...args: never[]) => handler(...args))
  })
  vi.stubGlobal('onMessage', undefined)
  vi.stubGlobal('waqtorCalled', undefined)
  const page = { exposeFunction, evaluate: async (work: (name: string) => void, name: string) => work(name) }
  await exposeThroughOne(page)
  const heard: unknown[] = []
  await page.exposeFunction('onMessage', (it: never) => heard.push(['old', it]))
  await page.exposeFunction('onMessage', (it: never) => heard.push(['new', it]))
  const { onMessage } = globalThis as unknown as { onMessage(text: string): Promise<void> }
  expect(globalThis).toHaveProperty('waqtorCalled', undefined)
  await onMessage('hello')
  expect(globalThis).toHaveProperty('waqtorCalled', { onMessage: true })
  expect(heard).toEqual([['new', 'hello']])
  expect(exposeFunction).toHaveBeenCalledOnce()
})

it('can put a function into the next document when this one went away', async () => {
  const evaluate = vi.fn(async (_work: unknown, _name: string) => {})
  evaluate.mockRejectedValueOnce(new Error('Execution context was destroyed'))
  const page = { exposeFunction: async () => {}, evaluate }
  await exposeThroughOne(page)
  const expose = (name: string) =>
    (page.exposeFunction as (name: string, handler: () => void) => Promise<void>)(name, () => {})
  await expect(expose('onMessage')).rejects.toThrow('destroyed')
  await expose('onMessage')
})

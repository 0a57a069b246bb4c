import { expect, it } from 'vitest'
import { End } from './end.ts'

it('lets work that is done in time come to what it comes to', async () => {
  const end = new End()
  await expect(end.race(Promise.resolve(1))).resolves.toBe(1)
  await expect(end.race(Promise.reject(new Error('no')))).rejects.toThrow('no')
})

it('gives its reason to everybody who still waits, and to whoever comes later', async () => {
  const end = new End()
  const waiting = end.race(new Promise(() => {}))
  end.come(new Error('closed'))
  end.come(new Error('again'))
  await expect(waiting).rejects.toThrow('closed')
  await expect(end.race(new Promise(() => {}))).rejects.toThrow('closed')
})

it('tells nobody who has let go', () => {
  const end = new End()
  const told: string[] = []
  end.whenOver((reason) => told.push(`first ${reason.message}`))
  end.whenOver(() => told.push('second'))()
  end.come(new Error('closed'))
  expect(told).toEqual(['first closed'])
})

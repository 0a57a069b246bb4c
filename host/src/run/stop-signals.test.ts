import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { listenForStop } from './stop-signals.ts'

test('the first signal asks, the second ends with the number of that signal', () => {
  const events = new EventEmitter()
  const exits: number[] = []
  const stop = listenForStop(events, (code) => exits.push(code))
  expect(stop.code).toBeUndefined()
  events.emit('SIGTERM')
  expect(stop.signal.reason).toBe('SIGTERM')
  expect(stop.code).toBe(143)
  expect(exits).toEqual([])
  events.emit('SIGINT')
  expect(exits).toEqual([130])
  expect(stop.code).toBe(143)
  stop.close()
  expect(events.eventNames()).toEqual([])
})

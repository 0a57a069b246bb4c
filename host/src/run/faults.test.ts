import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { WaqtorError } from '@waqtor/kernel'
import { expect, test } from 'vitest'
import { makeProject } from '../testing/project.ts'
import { originOf, watchFaults } from './faults.ts'

test('an error that nobody caught is heard of, whatever it is, until the undo', () => {
  const events = new EventEmitter()
  const heard: unknown[] = []
  const undo = watchFaults(events, (kind, error) => heard.push([kind, error]))
  events.emit('uncaughtException', null)
  events.emit('unhandledRejection', 'x')
  undo()
  expect(heard).toEqual([
    ['uncaughtException', null],
    ['unhandledRejection', 'x'],
  ])
  expect(events.eventNames()).toEqual([])
})

test('an error that names its plugin is believed', () => {
  expect(originOf(new WaqtorError('WAQ_X', 'm', { plugin: 'greeter' }), [])).toEqual({ plugin: 'greeter' })
})

test('otherwise the first place outside of Node, kernel and host tells the package, and that the plugin', () => {
  using project = makeProject()
  mkdirSync(project.path('src'))
  const error = new Error('boom')
  const stackOf = (path: string) =>
    `Error: boom\n    at node:internal/timers:1:1\n    at x (file:///srv/node_modules/@waqtor/kernel/dist/hooks.js:1:1)\n    at Timeout._onTimeout (file://${path}?v=12:5:9)\n    at listOnTimeout (node:internal/timers:581:17)`
  for (const [name, plugin] of [
    ['@acme/waqtor-plugin-greeter', 'greeter'],
    ['@waqtor/plugin-greeter', 'greeter'],
    ['greeter', 'greeter'],
    ['left-pad', null],
  ] as const) {
    project.write('package.json', JSON.stringify({ name }))
    error.stack = stackOf(project.path('src', 'index.js'))
    expect(originOf(error, ['http', 'greeter'])).toEqual({
      plugin,
      at: `${project.path('src', 'index.js')}:5:9`,
      package: name,
    })
  }
  project.write('package.json', '{')
  expect(originOf(error, [])).toEqual({ plugin: null, at: `${project.path('src', 'index.js')}:5:9` })
})

test('what has no stack has no origin', () => {
  expect(originOf(null, ['a'])).toEqual({ plugin: null })
  expect(originOf('text', ['a'])).toEqual({ plugin: null })
})

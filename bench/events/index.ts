import { EventEmitter } from 'node:events'
import { createKernel, defineEvent, definePlugin, type Envelope, z } from '@waqtor/kernel'
import mittTyped from 'mitt'
import { compareLoops } from '../kit/compare.ts'

// Its types are those of the CommonJS build, and Node loads the other one.
const mitt = mittTyped as unknown as typeof mittTyped.default
const Tick = defineEvent('bench.tick', {
  kind: 'recorded',
  permission: 'bench:read',
  scope: 'instance',
  summary: 'Something moved',
  schema: z.object({ value: z.number() }),
})
const data = { value: 1 }
const envelope: Envelope = {
  id: 'evt_1',
  type: Tick.id,
  instance: 'default',
  time: '2026-01-01T00:00:00.000Z',
  sequence: 1,
  data,
}
type Listener = (data: { readonly value: number }, envelope: Envelope) => void

/** The delivery of an event that exists already, to 1, 10 and 100 listeners. The bus keeps a failing listener to itself. */
export async function run(): Promise<void> {
  for (const count of [1, 10, 100]) {
    const heard = { total: 0 }
    const listeners = Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!(heard))
    await using kernel = createKernel({ plugins: [listening(listeners)] })
    await kernel.start()
    const emitter = new EventEmitter()
    emitter.setMaxListeners(count)
    const small = mitt<{ tick: { readonly value: number } }>()
    for (const it of listeners) {
      emitter.on('tick', it)
      small.on('tick', (value) => it(value, envelope))
    }

    await compareLoops(
      `an event to ${count} listener${count === 1 ? '' : 's'}`,
      {
        'direct calls': (times) => {
          for (let i = 0; i < times; i++) for (let j = 0; j < listeners.length; j++) listeners[j]!(data, envelope)
        },
        'WaQtor bus': (times) => {
          for (let i = 0; i < times; i++) kernel.events.deliver(Tick, envelope)
        },
        EventEmitter: (times) => {
          for (let i = 0; i < times; i++) emitter.emit('tick', data, envelope)
        },
        mitt: (times) => {
          for (let i = 0; i < times; i++) small.emit('tick', data)
        },
      },
      'direct calls',
    )
    if (heard.total === 0) throw new Error('nobody heard anything')
  }
}

type Heard = { total: number }

// Several functions that do the same: one alone would be compiled into the loop that calls it, which no listener of
// somebody else's plugin ever is.
const kinds: readonly ((heard: Heard) => Listener)[] = [
  (heard) => (it) => {
    heard.total += it.value
  },
  (heard) => (it) => {
    heard.total = heard.total + it.value
  },
  (heard) => (it) => {
    heard.total = it.value + heard.total
  },
  (heard) =>
    ({ value }) => {
      heard.total += value
    },
  (heard) =>
    ({ value }) => {
      heard.total = heard.total + value
    },
  (heard) =>
    ({ value }) => {
      heard.total = value + heard.total
    },
]

function listening(listeners: readonly Listener[]) {
  return definePlugin({
    name: 'bench',
    config: z.object({}),
    setup(ctx) {
      for (const it of listeners) ctx.on(Tick, it)
    },
  })()
}

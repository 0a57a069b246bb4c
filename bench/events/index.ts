import { EventEmitter } from 'node:events'
import { createKernel, defineEvent, definePlugin, type Envelope, z } from '@waqtor/kernel'
import mittTyped from 'mitt'
import { compareLoops } from '../kit/compare.ts'

// Its types are those of the CommonJS build, and Node loads the other one.
const mitt = mittTyped as unknown as typeof mittTyped.default
// Several events with listeners of their own, in turns, as a bus has them. With one event and one listener the compiler
// knows who is called: it writes that function into the loop of the direct calls, and then nothing is called at all.
const EVENTS = 8
const data = { value: 1 }
const events = Array.from({ length: EVENTS }, (_, i) => {
  const token = defineEvent(`bench.tick-${i}`, {
    kind: 'recorded',
    permission: 'bench:read',
    scope: 'instance',
    summary: 'Something moved',
    schema: z.object({ value: z.number() }),
  })
  const time = '2026-01-01T00:00:00.000Z'
  const envelope: Envelope = { id: 'evt_1', type: token.id, instance: 'default', time, sequence: 1, data }
  return { token, envelope }
})
type Listener = (data: { readonly value: number }, envelope: Envelope) => void

/** The delivery of an event that exists already, to 1, 10 and 100 listeners. The bus keeps a failing listener to itself. */
export async function run(): Promise<void> {
  for (const count of [1, 10, 100]) {
    const heard = { total: 0 }
    const topics = events.map((event, of) => {
      const listeners = Array.from({ length: count }, (_, i) => kinds[(of + i) % kinds.length]!(heard))
      return { ...event, listeners }
    })
    await using kernel = createKernel({ plugins: [listening(topics)] })
    await kernel.start()
    const emitter = new EventEmitter()
    emitter.setMaxListeners(count)
    const small = mitt<Record<string, { readonly value: number }>>()
    for (const { token, envelope, listeners } of topics) {
      for (const it of listeners) {
        emitter.on(token.id, it)
        small.on(token.id, (value) => it(value, envelope))
      }
    }

    await compareLoops(
      `an event to ${count} listener${count === 1 ? '' : 's'}`,
      {
        'direct calls': (times) => {
          for (let i = 0; i < times; i++) {
            const { envelope, listeners } = topics[i % EVENTS]!
            for (let j = 0; j < listeners.length; j++) listeners[j]!(data, envelope)
          }
        },
        'WaQtor bus': (times) => {
          for (let i = 0; i < times; i++) {
            const { token, envelope } = topics[i % EVENTS]!
            kernel.events.deliver(token, envelope)
          }
        },
        EventEmitter: (times) => {
          for (let i = 0; i < times; i++) {
            const { token, envelope } = topics[i % EVENTS]!
            emitter.emit(token.id, data, envelope)
          }
        },
        mitt: (times) => {
          for (let i = 0; i < times; i++) small.emit(topics[i % EVENTS]!.token.id, data)
        },
      },
      'direct calls',
    )
    if (heard.total === 0) throw new Error('nobody heard anything')
  }
}

interface Topic {
  readonly token: (typeof events)[number]['token']
  readonly envelope: Envelope
  readonly listeners: readonly Listener[]
}

type Heard = { total: number }

// Several functions that do the same, for the same reason: listeners are the functions of different plugins.
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

function listening(topics: readonly Topic[]) {
  return definePlugin({
    name: 'bench',
    config: z.object({}),
    setup(ctx) {
      for (const { token, listeners } of topics) for (const it of listeners) ctx.on(token, it)
    },
  })()
}

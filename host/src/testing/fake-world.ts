import { EventEmitter } from 'node:events'
import type { World } from '../cli/world.ts'

/** Text that a program writes, and waiting for some of it. */
export interface Capture {
  readonly text: string
  readonly lines: readonly string[]
  /** Resolves with the match, once it has been written. */
  seen(pattern: RegExp): Promise<RegExpExecArray>
}

/** The world of a test: what the program writes is kept, what it hears comes from the test. */
export interface FakeWorld extends World {
  readonly out: Capture
  readonly err: Capture
  /** Plays a signal or a fault. */
  emit(event: string, value?: unknown): void
  /** Codes with which the program wanted to end at once. */
  readonly exits: readonly number[]
  /** How many listeners are left on the process. */
  listeners(): number
}

export interface FakeWorldOptions {
  readonly cwd: string
  readonly env?: Record<string, string | undefined>
  readonly stdin?: string
  readonly terminal?: boolean
}

export function fakeWorld(argv: readonly string[], options: FakeWorldOptions): FakeWorld {
  const events = new EventEmitter()
  const exits: number[] = []
  const out = capture()
  const err = capture()
  const { cwd, env = {}, stdin = '', terminal = false } = options
  return {
    argv,
    env,
    cwd,
    startedAt: performance.now(),
    stdin: Object.assign(
      (async function* () {
        yield stdin
      })(),
      { isTTY: terminal },
    ),
    stdout: { write: out.write, isTTY: terminal },
    stderr: { write: err.write, isTTY: terminal },
    process: Object.assign(events, {
      exit(): never {
        throw new Error('the program ends a process that it shares with its test')
      },
    }),
    exit: (code) => exits.push(code),
    out,
    err,
    exits,
    emit: (event, value) => events.emit(event, value),
    listeners: () => events.eventNames().reduce((sum, it) => sum + events.listenerCount(it), 0),
  }
}

/** A sink that can be waited on. */
export function capture(): Capture & { write(text: string): boolean } {
  let text = ''
  const waiting = new Set<() => void>()
  return {
    get text() {
      return text
    },
    get lines() {
      return text.split('\n').filter((it) => it !== '')
    },
    write(more) {
      text += more
      for (const look of waiting) look()
      return true
    },
    seen(pattern) {
      return new Promise((resolve) => {
        const look = () => {
          const match = pattern.exec(text)
          if (!match) return
          waiting.delete(look)
          resolve(match)
        }
        waiting.add(look)
        look()
      })
    },
  }
}

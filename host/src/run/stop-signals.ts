import type { ProcessEvents } from '../cli/world.ts'

const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

export type StopSignal = keyof typeof numbers

export interface StopSignals {
  /** Aborted by the first signal; its reason is the name of the signal. */
  readonly signal: AbortSignal
  /** The exit code that stands for the signal that came, if one did. */
  readonly code: number | undefined
  close(): void
}

/** Turns the first SIGINT, SIGTERM or SIGHUP into a wish to stop, and the second into an end at once. */
export function listenForStop(events: ProcessEvents, exit: (code: number) => void): StopSignals {
  const controller = new AbortController()
  let code: number | undefined
  const handlers = Object.entries(numbers).map(([name, number]) => {
    const handle = () => {
      if (controller.signal.aborted) exit(128 + number)
      code ??= 128 + number
      controller.abort(name)
    }
    events.on(name, handle)
    return { name, handle }
  })
  return {
    signal: controller.signal,
    get code() {
      return code
    },
    close() {
      for (const { name, handle } of handlers) events.off(name, handle)
    },
  }
}

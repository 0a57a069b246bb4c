import { createHook } from 'node:async_hooks'

interface Timer {
  /** Node's own mark: true once it has fired or was cleared, at once, while `destroy` is told some turns later. */
  readonly _destroyed: boolean
}

// Node's list of active resources leaves out the timers that keep nothing alive, which are the ones that plugins forget.
const timers = new Map<number, Timer>()

createHook({
  init(id, type, _, resource) {
    if (type === 'Timeout') timers.set(id, resource as Timer)
  },
  destroy(id) {
    timers.delete(id)
  },
  trackPromises: false,
} as Parameters<typeof createHook>[0]).enable()

/** How many timers are running that were made since the testing kit was loaded, `unref()` or not. */
export function liveTimers(): number {
  return [...timers.values()].filter((it) => !it._destroyed).length
}

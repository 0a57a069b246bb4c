import { Stack } from '@waqtor/host/testing'

/** A directory with a network of its own, for a host to be tried on. Whoever interrupts the proof finds nothing left behind. */
export async function stand(): Promise<{ readonly stack: Stack } & AsyncDisposable> {
  const stack = await Stack.create()
  const end = () => void stack[Symbol.asyncDispose]().finally(() => process.exit(130))
  const signals = ['SIGINT', 'SIGTERM'] as const
  // Every time: a signal may come twice, to the process and to its group, and the second must not cut the end short.
  for (const it of signals) process.on(it, end)
  await stack.startNetwork()
  return {
    stack,
    [Symbol.asyncDispose]: async () => {
      for (const it of signals) process.off(it, end)
      await stack[Symbol.asyncDispose]()
    },
  }
}

/** How long each message is under way, so that a campaign that nobody disturbs takes about this long. */
export function latency(recipients: number, inFlight: number, undisturbedMs = 10_000): number {
  return Math.max(2, Math.round((inFlight * undisturbedMs) / recipients))
}

import { setTimeout as pause } from 'node:timers/promises'

/** Waits for a fact. @throws when it has not come true after a minute, saying which */
export async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await is())) {
    if (performance.now() > deadline) throw new Error(`it did not come to pass that ${what}`)
    await pause(20)
  }
}

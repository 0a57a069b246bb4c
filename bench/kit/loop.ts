/** Runs something `times` times in a row. Asynchronous where what it measures is. */
export type Loop = (times: number) => void | Promise<void>

const shortestMs = 40

/** How many times a loop has to run for the clock to be exact enough; warms it up on the way. */
export async function calibrate(loop: Loop): Promise<number> {
  for (let times = 64; ; times *= 2) {
    const started = performance.now()
    await loop(times)
    const took = performance.now() - started
    if (took >= shortestMs) return times
  }
}

/** Nanoseconds for one time. */
export async function timeOf(loop: Loop, times: number): Promise<number> {
  const started = performance.now()
  await loop(times)
  return ((performance.now() - started) * 1e6) / times
}

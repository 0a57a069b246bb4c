import { cpus, loadavg, totalmem } from 'node:os'

/** One line that says on what the figures were taken. */
export function machine(): string {
  const cores = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return `Node ${process.versions.node}, ${cores.length} × ${cores[0]?.model.trim()}, ${gigabytes} GB, ${process.platform}, load ${loadavg()[0]!.toFixed(1)} at the start`
}

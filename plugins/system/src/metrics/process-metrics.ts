import { readdirSync } from 'node:fs'
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { LoopLag } from '../loop-lag.ts'

const kinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

/**
 * The numbers of the process, under the names that monitoring of Node programs looks for. prom-client's own collection has
 * no end: what it watches with would outlive the plugin.
 */
export class ProcessMetrics {
  /** What is watched all the time; everything else is read when it is asked for. */
  readonly #watched = new Registry()
  readonly #lag = new LoopLag()
  readonly #gc: PerformanceObserver

  constructor() {
    const registers = [this.#watched]
    const duration = new Histogram({
      name: 'nodejs_gc_duration_seconds',
      help: 'Duration of garbage collections, by kind',
      labelNames: ['kind'],
      buckets: [0.001, 0.01, 0.1, 1, 2, 5],
      registers,
    })
    this.#gc = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { detail, duration: ms } = entry as PerformanceEntry & { readonly detail: { readonly kind: number } }
        const { kind } = detail
        duration.observe({ kind: kinds[kind] ?? 'other' }, ms / 1_000)
      }
    })
    this.#gc.observe({ entryTypes: ['gc'] })
  }

  async text(): Promise<string> {
    const registry = new Registry()
    readProcess(registry)
    this.#readNode(registry)
    return `${await registry.metrics()}\n${await this.#watched.metrics()}`
  }

  close(): void {
    this.#gc.disconnect()
    this.#lag.close()
    this.#watched.clear()
  }

  #readNode(registry: Registry): void {
    const { minMs, meanMs, p50Ms, p90Ms, p99Ms, maxMs } = this.#lag.read()
    const lag = { min: minMs, mean: meanMs, p50: p50Ms, p90: p90Ms, p99: p99Ms, max: maxMs }
    for (const [name, ms] of Object.entries(lag))
      gauge(
        registry,
        `nodejs_eventloop_lag_${name}_seconds`,
        'By how much the event loop was late since the last scrape',
        ms / 1_000,
      )
    const { heapTotal, heapUsed, external } = process.memoryUsage()
    gauge(registry, 'nodejs_heap_size_total_bytes', 'Heap that is taken', heapTotal)
    gauge(registry, 'nodejs_heap_size_used_bytes', 'Heap that is in use', heapUsed)
    gauge(
      registry,
      'nodejs_external_memory_bytes',
      'Memory outside of the heap that belongs to objects in it',
      external,
    )
    const spaces = new Gauge({
      name: 'nodejs_heap_space_size_used_bytes',
      help: 'Heap that is in use, by space',
      labelNames: ['space'],
      registers: [registry],
    })
    for (const { space_name: space, space_used_size: used } of getHeapSpaceStatistics()) spaces.set({ space }, used)
    const resources = process.getActiveResourcesInfo()
    gauge(
      registry,
      'nodejs_active_resources_total',
      'What keeps the event loop alive: sockets, timers, files',
      resources.length,
    )
    const version = new Gauge({
      name: 'nodejs_version_info',
      help: 'Version of Node',
      labelNames: ['version'],
      registers: [registry],
    })
    version.set({ version: process.version }, 1)
  }
}

function readProcess(registry: Registry): void {
  const { user, system } = process.cpuUsage()
  counter(registry, 'process_cpu_user_seconds_total', 'Time that the process ran its own code', user / 1e6)
  counter(registry, 'process_cpu_system_seconds_total', 'Time that the system worked for it', system / 1e6)
  counter(registry, 'process_cpu_seconds_total', 'Both together', (user + system) / 1e6)
  const started = Date.now() / 1_000 - process.uptime()
  gauge(registry, 'process_start_time_seconds', 'When the process started, in seconds since 1970', started)
  gauge(registry, 'process_resident_memory_bytes', 'Memory of the process', process.memoryUsage.rss())
  const files = openFiles()
  if (files !== undefined) gauge(registry, 'process_open_fds', 'Open file descriptors', files)
}

function gauge(registry: Registry, name: string, help: string, value: number): void {
  new Gauge({ name, help, registers: [registry] }).set(value)
}

function counter(registry: Registry, name: string, help: string, value: number): void {
  new Counter({ name, help, registers: [registry] }).inc(value)
}

/** Undefined where the system does not tell. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}

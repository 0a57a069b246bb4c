import { type Metrics, metricsOf } from '@waqtor/contracts'
import { type KernelView, type Logger, messageOf, systemPrincipal, WaqtorError, withDeadline } from '@waqtor/kernel'
import { Counter, Gauge, Registry } from 'prom-client'
import { Families } from './families.ts'
import { ProcessMetrics } from './process-metrics.ts'

export interface CollectorOptions {
  readonly kernel: KernelView
  /** The accounts that there are. */
  readonly instances: () => readonly string[]
  readonly version: string
  /** The host runs without some of the plugins of its config. */
  readonly safeMode: boolean
  readonly log: Logger
  /** How long one command may take, in milliseconds. */
  readonly timeoutMs: number
}

/** Accounts that are asked at once: each answer may take a look at the disk or at other processes. */
const AT_ONCE = 10

/** Asks the plugins for their numbers and writes all of them down, in the text format of Prometheus. */
export class Collector {
  readonly #options: CollectorOptions
  readonly #own = new Registry()
  readonly #process = new ProcessMetrics()
  readonly #failures: Counter<'source'>
  readonly #duration: Gauge
  readonly #plugins: Gauge<'state'>
  /** What is known to be wrong, so that it stands in the log once and not with every scrape. */
  readonly #wrong = new Map<string, string>()

  constructor(options: CollectorOptions) {
    this.#options = options
    const registers = [this.#own]
    new Gauge({ name: 'waqtor_build_info', help: 'Version of WaQtor', labelNames: ['version'], registers }).set(
      { version: options.version },
      1,
    )
    new Gauge({ name: 'waqtor_safe_mode', help: 'Whether the host runs in safe mode: 1 or 0', registers }).set(
      options.safeMode ? 1 : 0,
    )
    this.#plugins = new Gauge({ name: 'waqtor_plugins', help: 'Plugins by state', labelNames: ['state'], registers })
    this.#failures = new Counter({
      name: 'waqtor_metrics_failures_total',
      help: 'How often numbers had to be left out because they could not be had, by command or metric',
      labelNames: ['source'],
      registers,
    })
    this.#duration = new Gauge({
      name: 'waqtor_metrics_collection_seconds',
      help: 'How long it took to collect all of this',
      registers,
    })
  }

  async collect(): Promise<string> {
    const started = performance.now()
    const { kernel } = this.#options
    const families = new Families()
    await Promise.all(metricsOf(kernel).map((it) => this.#gather(it, families)))
    const { text, failed } = await families.text()
    for (const [name, error] of failed) this.#failed(name, error)
    this.#plugins.reset()
    for (const { state } of kernel.inspect().plugins) this.#plugins.inc({ state })
    this.#duration.set((performance.now() - started) / 1_000)
    const parts = [await this.#own.metrics(), text, await this.#process.text()]
    return `${parts
      .map((it) => it.trim())
      .filter((it) => it !== '')
      .join('\n\n')}\n`
  }

  close(): void {
    this.#process.close()
    this.#own.clear()
  }

  async #gather(metrics: Metrics, families: Families): Promise<void> {
    if (metrics.command.scope === 'host') return this.#ask(metrics, families)
    const instances = this.#options.instances()
    for (let i = 0; i < instances.length; i += AT_ONCE)
      await Promise.all(instances.slice(i, i + AT_ONCE).map((it) => this.#ask(metrics, families, it)))
  }

  async #ask({ command, input, series }: Metrics, families: Families, instance?: string): Promise<void> {
    const { kernel, timeoutMs } = this.#options
    const late = new AbortController()
    try {
      const output = await withDeadline(
        kernel.commands.execute(
          command.id,
          { ...input, ...(instance !== undefined && { instance }) },
          { principal: systemPrincipal, signal: late.signal },
        ),
        timeoutMs,
        () => {
          const error = new WaqtorError('WAQ_TIMEOUT', `'${command.id}' took more than ${timeoutMs} ms`)
          late.abort(error)
          return error
        },
      )
      for (const it of series) families.add(it, output, instance)
      this.#wrong.delete(sourceOf(command.id, instance))
    } catch (error) {
      this.#failed(command.id, error, instance)
    }
  }

  #failed(source: string, error: unknown, instance?: string): void {
    this.#failures.inc({ source })
    const where = sourceOf(source, instance)
    const problem = messageOf(error)
    if (this.#wrong.get(where) === problem) return
    this.#wrong.set(where, problem)
    this.#options.log.warn('numbers are left out of the metrics', { source, ...(instance && { instance }), problem })
  }
}

function sourceOf(source: string, instance: string | undefined): string {
  return instance === undefined ? source : `${source} ${instance}`
}

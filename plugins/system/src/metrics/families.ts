import type { Metrics, Sample } from '@waqtor/contracts'
import { Counter, Gauge, Registry } from 'prom-client'

type Series = Metrics['series'][number]

/** What all accounts and plugins have said under one name. */
interface Family {
  readonly series: Series
  readonly samples: Sample[]
}

/** Samples by the name of their metric, and how they are written for Prometheus. */
export class Families {
  readonly #families = new Map<string, Family>()

  /**
   * @param instance gets the label `instance`
   * @throws Error when another metric has this name, or a sample cannot be read
   */
  add(series: Series, output: unknown, instance?: string): void {
    const known = this.#families.get(series.name)
    if (known && known.series !== series && (known.series.help !== series.help || known.series.type !== series.type))
      throw new Error(`metric '${series.name}' is defined twice, in different ways`)
    const samples = series
      .read(output as never)
      .map(({ value, labels }) => ({ value, labels: { ...(instance !== undefined && { instance }), ...labels } }))
    if (known) known.samples.push(...samples)
    else this.#families.set(series.name, { series, samples })
  }

  /** The text, and the names that could not be written with the reasons. */
  async text(): Promise<{ readonly text: string; readonly failed: ReadonlyMap<string, unknown> }> {
    const failed = new Map<string, unknown>()
    const parts: string[] = []
    for (const [name, family] of this.#families) {
      // Without samples there is nothing to say; prom-client would write a 0 that nobody measured.
      if (family.samples.length === 0) continue
      try {
        parts.push(await write(family))
      } catch (error) {
        failed.set(name, error)
      }
    }
    return { text: parts.join('\n'), failed }
  }
}

/** A registry for each: what is wrong with one family must not spoil the others. */
function write({ series: { name, help, type }, samples }: Family): Promise<string> {
  const registry = new Registry()
  const labelNames = [...new Set(samples.flatMap((it) => Object.keys(it.labels ?? {})))]
  const options = { name, help, labelNames, registers: [registry] }
  if (type === 'counter') {
    const counter = new Counter(options)
    for (const { value, labels = {} } of samples) counter.inc(labels, value)
  } else {
    const gauge = new Gauge(options)
    for (const { value, labels = {} } of samples) gauge.set(labels, value)
  }
  return registry.metrics()
}

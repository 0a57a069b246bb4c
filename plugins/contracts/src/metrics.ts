import type { CommandToken, Contribution, KernelView, Schema, z } from '@waqtor/kernel'

/** A number at this moment, of one kind of thing. */
export interface Sample {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** Numbers of a plugin for a monitoring system, read from the answer of one of its commands whenever they are asked for. */
export interface Metrics extends Contribution {
  readonly kind: 'metrics'
  readonly command: CommandToken
  readonly input: Readonly<Record<string, unknown>>
  /** Where the command belongs to an account, it is asked for each of them, and its samples get the label `instance`. */
  readonly series: readonly {
    /** As Prometheus writes names, with the unit at the end: `waqtor_outbox_rows`, `waqtor_sends_total`. */
    readonly name: string
    readonly type: 'gauge' | 'counter'
    readonly help: string
    readonly read: (output: never) => readonly Sample[]
  }[]
}

/**
 * Makes metrics; put them into `contributes` of the plugin that they belong to.
 * @example
 * defineMetrics(sendStats, {}, [
 *   { name: 'waqtor_sends_total', type: 'counter', help: 'Messages that left', read: (it) => [{ value: it.sent }] },
 * ])
 */
export function defineMetrics<I extends Schema, O extends Schema>(
  command: CommandToken<I, O>,
  input: Readonly<Record<string, unknown>>,
  series: readonly (Omit<Metrics['series'][number], 'read'> & {
    readonly read: (output: z.output<O>) => readonly Sample[]
  })[],
): Metrics {
  return { kind: 'metrics', command, input, series }
}

/** The metrics of the plugins that run. */
export function metricsOf(kernel: KernelView): readonly Metrics[] {
  return kernel.contributions('metrics') as readonly Metrics[]
}

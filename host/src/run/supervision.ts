import { CredentialRevoked, Outbox, PermissionsChanged } from '@waqtor/contracts'
import type {
  AnyPluginSpec,
  EventToken,
  Hook,
  Listener,
  PluginContext,
  PluginEntry,
  Schema,
  ServiceToken,
  TapFunction,
  TapOrder,
} from '@waqtor/kernel'
import { Breaker, type Opening } from './breaker.ts'

/** A listener that was kept from being called, or is again. */
export interface Outcome {
  readonly plugin: string
  /** The event or hook that it listens to. */
  readonly at: string
  readonly opening: Opening
}

export interface SupervisionOptions {
  /** Plugins whose listeners are never kept from being called. */
  readonly spared: ReadonlySet<string>
  readonly told: (outcome: Outcome) => void
  readonly now?: () => number
}

/** Hooks that skip a broken tap, often called: their taps are watched over like listeners. */
const skipping: ReadonlySet<string> = new Set(['messaging.incoming'])
/** Who hears of these ends connections that must not go on: rather a failure each time than none. */
const vital: ReadonlySet<string> = new Set([CredentialRevoked.id, PermissionsChanged.id])
/** A tap on any other hook may be a guard. */
const harmless: ReadonlySet<string> = new Set(['boot', 'ready', 'close', ...skipping])

/**
 * Keeps a plugin that fails again and again from costing everybody time: its listener is not called for a while, then tried
 * once, and is left out when that has happened three times. A change of its options, or a restart, tries it anew.
 *
 * Left alone are the plugins of WaQtor itself (they carry opt-outs, revocations and records), and any plugin with a tap on a
 * hook that may refuse something, or with the outbox in its hands: what it hears may be what it decides by. So are listeners
 * to revocations, whosever they are.
 */
export class Supervision {
  readonly #options: SupervisionOptions
  /** The same plugin is the same to the kernel on every reload. */
  readonly #watched = new WeakMap<AnyPluginSpec, AnyPluginSpec>()

  constructor(options: SupervisionOptions) {
    this.#options = options
  }

  /** The entry with its listeners watched over. */
  watch(entry: PluginEntry): PluginEntry {
    const { spec } = entry
    if (this.#options.spared.has(spec.name)) return entry
    let watched = this.#watched.get(spec)
    if (!watched) {
      const needs = Object.values({ ...spec.requires, ...spec.optional })
      watched = { ...spec, setup: (ctx) => spec.setup(this.#around(ctx, needs)) }
      this.#watched.set(spec, watched)
    }
    return { ...entry, spec: watched }
  }

  #around(ctx: PluginContext, needs: readonly ServiceToken<unknown>[]): PluginContext {
    /** It has what may be a guard: a tap, or a gate of the outbox. */
    const guards = { some: needs.some((it) => it.id === Outbox.id) }
    return {
      ...ctx,
      on: <S extends Schema>(event: EventToken<S>, listener: Listener<S>) =>
        ctx.on(event, vital.has(event.id) ? listener : this.#guarded(ctx.name, event.id, guards, listener)),
      tap: <A extends unknown[], T>(hook: Hook<A, T, unknown>, fn: TapFunction<A, T>, order?: TapOrder) => {
        guards.some ||= !harmless.has(hook.name)
        ctx.tap(hook, skipping.has(hook.name) ? this.#guarded(ctx.name, hook.name, guards, fn) : fn, order)
      },
    }
  }

  #guarded<A extends unknown[], R>(
    plugin: string,
    at: string,
    guards: { readonly some: boolean },
    fn: (...args: A) => R,
  ) {
    const { told, now = () => performance.now() } = this.#options
    const breaker = new Breaker()
    const failed = () => {
      const opening = guards.some ? undefined : breaker.failed(now())
      if (opening) told({ plugin, at, opening })
    }
    return (...args: A): R | undefined => {
      if (!guards.some && !breaker.lets(now())) return undefined
      try {
        const work = fn(...args)
        if (work instanceof Promise) work.then(() => breaker.succeeded(), failed)
        else breaker.succeeded()
        return work
      } catch (thrown) {
        failed()
        throw thrown
      }
    }
  }
}

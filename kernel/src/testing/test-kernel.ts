import type { z } from 'zod'
import { z as zod } from 'zod'
import { type Call, systemPrincipal } from '../call.ts'
import type { Envelope } from '../events.ts'
import { createKernel, type Kernel, type KernelOptions } from '../kernel.ts'
import { definePlugin, type PluginEntry } from '../plugin.ts'
import type { CommandToken, Schema, ServiceToken } from '../tokens.ts'
import { type RecordedLine, recordingLogger } from './recording-logger.ts'

export interface TestKernel extends AsyncDisposable {
  readonly kernel: Kernel
  /** Every line that was logged. */
  readonly lines: readonly RecordedLine[]
  /** Every event that was fired since the start. */
  readonly events: readonly Envelope[]
  /** Runs a command as the system, or as whoever `call` says. */
  run<I extends Schema, O extends Schema>(
    command: CommandToken<I, O>,
    input: z.input<I>,
    call?: Partial<Call>,
  ): Promise<z.output<O>>
  /** Reloads the kernel with every entry changed as told. Answers the names of the plugins that were restarted. */
  reload(change: (entry: PluginEntry) => PluginEntry): Promise<readonly string[]>
  /** The live value of a service that a plugin of this kernel provides. */
  service<T>(token: ServiceToken<T>): T
}

export interface TestKernelOptions extends Omit<KernelOptions, 'plugins' | 'log'> {
  readonly plugins: readonly PluginEntry[]
  /** Stands in for plugins that are not part of the test: `[fake(Messaging, { sendText: … })]`. */
  readonly fakes?: readonly Fake[]
}

export interface Fake {
  readonly token: ServiceToken<unknown>
  readonly value: unknown
}

/** A stand-in for a service; only what the test touches needs to be there. */
export function fake<T>(token: ServiceToken<T>, value: Partial<NoInfer<T>>): Fake {
  return { token, value }
}

/**
 * Starts a kernel for a test, with fakes where the test draws its line.
 * @example
 * await using test = await testKernel({ plugins: [greeter()], fakes: [fake(Messaging, { sendText })] })
 * expect(await test.run(greet, { to: '201001234567' })).toEqual({ messageId: 'm1' })
 */
export async function testKernel({ plugins, fakes = [], ...options }: TestKernelOptions): Promise<TestKernel> {
  const log = recordingLogger()
  const events: Envelope[] = []
  const services = new Map<string, unknown>()
  const tokens = [
    ...new Map(
      [...plugins.flatMap((it) => it.spec.provides ?? []), ...fakes.map((it) => it.token)].map((it) => [it.id, it]),
    ).values(),
  ]

  const standIns = definePlugin({
    name: 'test-fakes',
    config: zod.object({}),
    provides: fakes.map((it) => it.token),
    setup(ctx) {
      for (const { token, value } of fakes) ctx.provide(token, value)
    },
  })
  const probe = definePlugin({
    name: 'test-probe',
    config: zod.object({}),
    requires: Object.fromEntries(tokens.map((it) => [it.id, it])),
    setup(ctx) {
      for (const [id, value] of Object.entries(ctx.services)) services.set(id, value)
    },
  })

  const entries = [standIns(), ...plugins, probe()]
  const kernel = createKernel({ ...options, plugins: entries, log })
  kernel.events.onAny((_, envelope) => events.push(envelope))
  await kernel.start()
  return {
    kernel,
    lines: log.lines,
    events,
    run: (command, input, call) => kernel.commands.execute(command, input, { principal: systemPrincipal, ...call }),
    reload: (change) => kernel.reload(entries.map(change)),
    service<T>(token: ServiceToken<T>): T {
      if (!services.has(token.id)) throw new Error(`no plugin of this test provides '${token.id}'`)
      return services.get(token.id) as T
    },
    [Symbol.asyncDispose]: () => kernel.close(),
  }
}

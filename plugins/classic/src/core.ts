import { type KernelView, messageOf, type PluginContext, systemPrincipal } from '@waqtor/kernel'
import { type ClassicCore, coreCommands, type Params } from './shape.ts'

type Context = Pick<PluginContext, 'kernel' | 'log' | 'onClose'>

/** The functions that an older plugin expects, on top of the command registry and the event bus. */
export function createCore({ kernel, log, onClose }: Context): ClassicCore {
  const functions = Object.entries(coreCommands).map(([name, command]) => [
    name,
    (params: Params = {}) => run(kernel, command, params),
  ])
  return {
    ...(Object.fromEntries(functions) as Omit<ClassicCore, 'on'>),
    on(event, listener) {
      const hear = async (type: string, envelope: { readonly data: unknown }) => {
        if (type === event) await listener(envelope.data, envelope)
      }
      onClose(
        kernel.events.onAny(({ id }, envelope) => {
          hear(id, envelope).catch((error) =>
            log.error(`a listener of '${event}' failed`, { problem: messageOf(error) }),
          )
        }),
      )
    },
  }
}

function run(kernel: KernelView, command: string, params: Params): Promise<unknown> {
  return kernel.commands.execute(command, params, { principal: systemPrincipal })
}

import { type KernelView, type PluginContext, systemPrincipal } from '@waqtor/kernel'
import { type ClassicCore, coreCommands, type Params } from './shape.ts'

type Context = Pick<PluginContext, 'kernel' | 'log' | 'on' | 'tap'>
type Wish = Parameters<ClassicCore['on']>

/** The functions that an older plugin expects, on top of the command registry and the event bus. */
export function createCore({ kernel, log, on, tap }: Context): ClassicCore {
  const functions = Object.entries(coreCommands).map(([name, command]) => [
    name,
    (params: Params = {}) => run(kernel, command, params),
  ])
  // Only when every plugin is set up is it known which events there are.
  const early: Wish[] = []
  let known = false
  const listen = (...[event, listener]: Wish) => {
    const token = kernel.events.get(event)
    if (token) on(token, async (data, envelope) => void (await listener(data, envelope)))
    else log.warn(`it listens to '${event}', and no plugin declares such an event`)
  }
  tap(kernel.hooks.boot, () => {
    known = true
    for (const wish of early) listen(...wish)
  })
  return {
    ...(Object.fromEntries(functions) as Omit<ClassicCore, 'on'>),
    on(...wish) {
      if (known) listen(...wish)
      else early.push(wish)
    },
  }
}

function run(kernel: KernelView, command: string, params: Params): Promise<unknown> {
  return kernel.commands.execute(command, params, { principal: systemPrincipal })
}

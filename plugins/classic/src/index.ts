import { InstanceField, Messaging } from '@waqtor/contracts'
import { type CommandToken, defineCommand, definePlugin, type PluginEntry, z } from '@waqtor/kernel'
import { createCore } from './core.ts'
import type { ClassicPlugin } from './shape.ts'

export type { ClassicCore, ClassicMessage, ClassicPlugin } from './shape.ts'

export interface ClassicOptions {
  /** What a caller of the plugin's commands must hold: `orders:write`. */
  readonly permission: string
}

/**
 * Runs a plugin object of the older shape unchanged: `plugins: [classic(new OrdersPlugin(), { permission: 'orders:write' })]`.
 * It acts as the system; its commands are guarded by `permission`, and their caller must reach the account that
 * `instance` in the parameters names.
 */
export default function classic(plugin: ClassicPlugin, { permission }: ClassicOptions): PluginEntry {
  const name = plugin.name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
  return definePlugin({
    name,
    config: z.object({}),
    optional: { messaging: Messaging },
    async setup(ctx) {
      const core = createCore(ctx)
      await plugin.onLoad?.(core)

      for (const [key, run] of Object.entries(plugin.commands ?? {})) {
        ctx.handle(commandOf(name, key, permission), (params) => run.call(plugin.commands, params, core))
      }
      if (plugin.onSessionChange) {
        core.on('session.status', (data, envelope) => {
          return plugin.onSessionChange?.(
            (data as { status: string }).status,
            (envelope as { instance: string }).instance,
          )
        })
      }
      const { messaging } = ctx.services
      if (messaging && plugin.onMessage) {
        ctx.tap(messaging.hooks.incoming, async (message) => {
          const { instance, chatId } = message
          const reply = (text: string) => core.sendText({ instance, chatId, text })
          await plugin.onMessage?.({ ...message, reply })
        })
      }
    },
  })()
}

const params = z.looseObject({ instance: InstanceField })

function commandOf(plugin: string, key: string, permission: string): CommandToken<typeof params> {
  return defineCommand(`${plugin}.${key}`, {
    summary: `${key} of ${plugin}`,
    permission,
    scope: 'instance',
    input: params,
    output: z.unknown(),
  })
}

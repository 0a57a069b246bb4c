import { Messaging } from '@waqtor/contracts'
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
 * It acts as the system; its commands are guarded by `permission`.
 */
export default function classic(plugin: ClassicPlugin, { permission }: ClassicOptions): PluginEntry {
  const name = plugin.name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
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

function commandOf(plugin: string, key: string, permission: string): CommandToken<z.ZodType<Record<string, unknown>>> {
  return defineCommand(`${plugin}.${key}`, {
    summary: `${key} of ${plugin}`,
    permission,
    scope: 'host',
    input: z.record(z.string(), z.unknown()),
    output: z.unknown(),
  })
}

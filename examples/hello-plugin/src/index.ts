import { InstanceField, Messaging } from '@waqtor/contracts'
import { defineCommand, definePlugin, z } from '@waqtor/kernel'

export const greet = defineCommand('greeter.greet', {
  summary: 'Send a greeting',
  permission: 'greeter:write',
  scope: 'instance',
  http: { method: 'POST', path: '/greet' },
  input: z.strictObject({ instance: InstanceField, to: z.string() }),
  output: z.object({ messageId: z.string() }),
})

export default definePlugin({
  name: 'greeter',
  config: z.strictObject({ text: z.string().default('Hello') }),
  requires: { messaging: Messaging },
  setup(ctx) {
    const { messaging } = ctx.services
    ctx.handle(greet, ({ instance, to }, call) =>
      messaging.sendText({ instance, chatId: to, text: ctx.config.text }, call),
    )
  },
})

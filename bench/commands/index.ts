import { InstanceField } from '@waqtor/contracts'
import { createKernel, defineCommand, definePlugin, type Principal, z } from '@waqtor/kernel'
import { compareLoops } from '../kit/compare.ts'

const input = z.strictObject({
  instance: InstanceField,
  chatId: z.string().min(1),
  text: z.string().min(1).max(65_536),
})
const send = defineCommand('bench.send', {
  summary: 'Answer at once',
  permission: 'bench:write',
  scope: 'instance',
  input,
  output: z.object({ messageId: z.string(), timestamp: z.number() }),
})
const given = { instance: 'default', chatId: '201001234567@c.us', text: 'Hello' }
const principal: Principal = {
  id: 'key_1',
  role: 'operator',
  permissions: new Set(['bench:read', 'bench:write']),
  instances: new Set(['default']),
}

async function handle({ chatId }: z.output<typeof input>) {
  return { messageId: chatId, timestamp: 1 }
}

/** What the registry adds to a handler: permission, input, instance, deadline, signal, output. */
export async function run(): Promise<void> {
  await using kernel = createKernel({ plugins: [handling()] })
  await kernel.start()
  await using narrowing = createKernel({ plugins: [handling(), narrow()] })
  await narrowing.start()

  await compareLoops(
    'one command',
    {
      'handler alone': async (times) => {
        for (let i = 0; i < times; i++) await handle(given)
      },
      'parse, handler': async (times) => {
        for (let i = 0; i < times; i++) await handle(input.parse(given))
      },
      'parseAsync, handler': async (times) => {
        for (let i = 0; i < times; i++) await handle(await input.parseAsync(given))
      },
      execute: async (times) => {
        for (let i = 0; i < times; i++) await kernel.commands.execute(send, given, { principal })
      },
      'execute, by id': async (times) => {
        for (let i = 0; i < times; i++) await kernel.commands.execute('bench.send', given, { principal })
      },
      'execute, a tap on authorize': async (times) => {
        for (let i = 0; i < times; i++) await narrowing.commands.execute(send, given, { principal })
      },
    },
    'parseAsync, handler',
  )
}

function handling() {
  return definePlugin({
    name: 'bench',
    config: z.object({}),
    setup(ctx) {
      ctx.handle(send, handle)
    },
  })()
}

function narrow() {
  return definePlugin({
    name: 'narrow',
    config: z.object({}),
    setup(ctx) {
      ctx.tap(ctx.kernel.hooks.authorize, () => undefined)
    },
  })()
}

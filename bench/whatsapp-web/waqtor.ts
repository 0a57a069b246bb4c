/** The plugin, as an assembly has it; without an outbox before it. */
import { type TransportProvider, Transports } from '@waqtor/contracts'
import { createKernel, definePlugin, z } from '@waqtor/kernel'
import whatsappWeb from '@waqtor/plugin-transport-whatsapp-web'
import { answerTask } from '../kit/process.ts'
import { hearing, playRound, type Start } from './play-round.ts'
import type { RoundTask } from './task.ts'

let provider: TransportProvider | undefined
/** What the `instances` plugin is to it. */
const accounts = definePlugin({
  name: 'accounts',
  config: z.object({}),
  provides: [Transports],
  setup(ctx) {
    ctx.provide(Transports, {
      add: (it) => {
        provider = it
        return () => {}
      },
    })
  },
})

answerTask(async (task: RoundTask) => {
  const { executablePath, directory, account, double } = task
  const chromium = { executablePath, args: [...double.chromiumArgs] }
  await using kernel = createKernel({ plugins: [accounts(), whatsappWeb({ chromium })] })
  await kernel.start()

  return await playRound(task, async (): Promise<Start> => {
    const { qr, ready, fail } = hearing()
    const abort = new AbortController()
    const transport = provider!.create({
      instance: account,
      directory,
      signal: abort.signal,
      report: (fact) => {
        if (fact.type === 'qr') qr.resolve(fact.qr)
        if (fact.type === 'ready') ready.resolve()
        if (fact.type === 'disconnected') fail(new Error(fact.reason))
      },
    })
    await transport.start()
    return {
      qr: qr.promise,
      ready: ready.promise,
      // As the outbox sends: under an id that it knows beforehand.
      send: (chatId, body) => transport.send({ chatId, body, messageId: transport.drawMessageId!(chatId) }),
      stop: async () => {
        await transport.stop()
        abort.abort()
      },
    }
  })
})

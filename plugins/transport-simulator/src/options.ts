import { z } from '@waqtor/kernel'

const Delay = z.int().min(0).max(86_400_000)

/** The options of the plugin. */
export const Options = z.object({
  network: z
    .union([z.literal(''), z.url({ protocol: /^http$/, error: 'must look like http://127.0.0.1:9180' })])
    .optional()
    .describe(
      'Address of a simulator that runs as a process of its own; the network is inside this process when absent',
    ),
  autoPair: z.boolean().default(true).describe('The virtual phone links new accounts by itself'),
  preDrawnIds: z.boolean().default(true).describe('Message ids are drawn before the send'),
  answerTimeoutMs: Delay.min(1)
    .default(5_000)
    .describe('After this long without an answer, the fate of a send is unknown'),
  latencyMs: Delay.default(0).describe('As in `simulator.control`; inside this process only, as all that follows'),
  ackDelayMs: Delay.default(100),
  seed: z.union([z.string().min(1).max(100), z.int()]).default('waqtor'),
  historyLimit: z.int().min(10).max(10_000_000).default(50_000).describe('Messages that each phone remembers'),
  unregistered: z.array(z.string().regex(/^[1-9]\d{4,14}$/, 'must be digits with the country code')).default([]),
  autoAnswer: z
    .object({ text: z.string().min(1), rate: z.number().min(0).max(1).default(1), delayMs: Delay.default(1_000) })
    .optional()
    .describe('Virtual people answer what they are sent'),
})
export type Options = z.output<typeof Options>

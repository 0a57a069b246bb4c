import { totalmem } from 'node:os'
import { z } from '@waqtor/kernel'

const Ms = z.int().positive()
const Bytes = z.int().positive()
const MB = 1024 * 1024

/** What one account is reckoned with: WhatsApp's page with a few hundred chats. */
const perInstanceBytes = 768 * MB

/** What this process may have at the most: a container has less than its machine. */
function memoryOfMachine(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
}

export const Chromium = z
  .strictObject({
    executablePath: z
      .string()
      .min(1)
      .optional()
      .describe('Chromium or Chrome; looked for when absent: CHROME_PATH, the system, the cache of puppeteer'),
    args: z.array(z.string().startsWith('-')).default([]).describe('More arguments for it'),
    headless: z
      .union([z.boolean(), z.literal('shell')])
      .default(true)
      .describe('False shows the window; `shell` is the lighter chrome-headless-shell'),
  })
  .prefault({})

export const PageVersion = z
  .strictObject({
    version: z
      .string()
      .regex(/^[\w.-]+$/)
      .describe('2.3000.1017054665'),
    directory: z.string().min(1).describe('Holds the page of that version as <version>.html'),
  })
  .describe(
    "Serves a page that was kept instead of WhatsApp's newest: for the days after a change that breaks something",
  )

export const Limits = z
  .strictObject({
    launchMs: Ms.default(20_000).describe('Until Chromium runs'),
    connectMs: Ms.default(35_000).describe(
      'From there until the page is there and answers; both together less than `limits.connectMs` of instances, which tells no reason',
    ),
    kickMs: Ms.default(3_000).describe(
      'A page that has synced for so long without anybody hearing of it is told to say so',
    ),
    pollMs: Ms.default(1_000).describe('Between two looks at a page that is not ready yet'),
    watchMs: Ms.default(5_000).describe('Between two looks at a ready one'),
    offlineMs: Ms.default(300_000).describe('Without a line to WhatsApp for so long, the page is started anew'),
    closeMs: Ms.default(5_000).describe('How long Chromium may take to end by itself'),
    textMs: Ms.default(45_000).describe('Until the page has taken a text'),
    mediaMs: Ms.default(180_000).describe('Until the page has taken a file, or has handed one over'),
    lookMs: Ms.default(10_000).describe('A look into a chat, or a question to WhatsApp'),
    ackMs: Ms.default(5_000).describe('How long a send waits for the acknowledgement of the server'),
    quietMs: Ms.default(300_000).describe('After so long without any sign of the network a probe asks it something'),
    maxAgeMs: Ms.default(86_400_000).describe('An older page is started anew as soon as it has nothing to do'),
    idleMs: Ms.default(300_000).describe('What counts as having nothing to do'),
    maxMemoryBytes: Bytes.default(1_500 * MB).describe('A page that takes more is started anew'),
    mediaBytes: Bytes.max(64 * MB)
      .default(16 * MB)
      .describe('Files that are sent'),
    textLength: z.int().positive().default(65_536),
    qrCodes: z.int().positive().default(10).describe('QR codes that are shown before the page is started anew'),
  })
  .prefault({})

export const Breaker = z
  .strictObject({
    failures: z.int().positive().default(5).describe('Connections lost within the time'),
    withinMs: Ms.default(3_600_000),
    pauseMs: Ms.default(900_000).describe('For so long nothing is tried then'),
  })
  .prefault({})

/** The options of the plugin. */
export const Options = z.strictObject({
  chromium: Chromium,
  pageVersion: PageVersion.optional(),
  maxInstances: z
    .int()
    .positive()
    .default(() => Math.max(1, Math.floor((memoryOfMachine() * 0.75) / perInstanceBytes)))
    .describe('Accounts that may run at once; three quarters of the memory when absent'),
  limits: Limits,
  breaker: Breaker,
})
export type Options = z.output<typeof Options>
export type Limits = z.output<typeof Limits>

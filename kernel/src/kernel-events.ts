import { z } from 'zod'
import { defineEvent } from './tokens.ts'

const system = { kind: 'transient', permission: 'system:read', scope: 'host' } as const
const texts = { code: z.string(), message: z.string() }
const principal = z.string().nullable()
const call = { callId: z.string(), command: z.string(), via: z.string(), principal, durationMs: z.number() }

/** A command answered. Emitted only while somebody listens. */
export const CommandCompleted = defineEvent('command.completed', {
  ...system,
  summary: 'A command answered',
  schema: z.object(call),
})

/** A command was refused or failed. */
export const CommandFailed = defineEvent('command.failed', {
  ...system,
  summary: 'A command was refused or failed',
  schema: z.object({ ...call, ...texts }),
})

/** A plugin threw or hung. The event log turns it into the recorded `plugin.failed`. */
export const PluginFault = defineEvent('kernel.plugin-fault', {
  ...system,
  summary: 'A plugin threw or hung',
  schema: z.object({ plugin: z.string().nullable(), phase: z.string(), ...texts }),
})

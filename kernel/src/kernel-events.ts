import { z } from 'zod'
import { defineEvent } from './tokens.ts'

const common = { kind: 'transient', permission: 'system:read', scope: 'host' } as const
const call = { callId: z.string(), command: z.string(), via: z.string(), principal: z.string().nullable() }
const error = { code: z.string(), message: z.string() }

/** A command answered. Built only while somebody listens. */
export const CommandCompleted = defineEvent('command.completed', {
  ...common,
  summary: 'A command answered',
  schema: z.object({ ...call, durationMs: z.number() }),
})

/** A command was refused or failed. */
export const CommandFailed = defineEvent('command.failed', {
  ...common,
  summary: 'A command was refused or failed',
  schema: z.object({ ...call, durationMs: z.number(), ...error }),
})

/** A plugin threw or hung. The event log turns it into the recorded `plugin.failed`. */
export const PluginFault = defineEvent('kernel.plugin-fault', {
  ...common,
  summary: 'A plugin threw or hung',
  schema: z.object({ plugin: z.string().nullable(), phase: z.string(), ...error }),
})

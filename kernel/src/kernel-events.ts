import { z } from 'zod'
import { defineEvent } from './tokens.ts'

const call = {
  callId: z.string(),
  command: z.string(),
  via: z.string(),
  principal: z.string().nullable(),
  durationMs: z.number(),
}

/** A command answered. Emitted only while somebody listens. */
export const CommandCompleted = defineEvent('command.completed', {
  kind: 'transient',
  permission: 'system:read',
  scope: 'host',
  summary: 'A command answered',
  schema: z.object(call),
})

/** A command was refused or failed. */
export const CommandFailed = defineEvent('command.failed', {
  kind: 'transient',
  permission: 'system:read',
  scope: 'host',
  summary: 'A command was refused or failed',
  schema: z.object({ ...call, code: z.string(), message: z.string() }),
})

/** A plugin threw or hung. The event log turns it into the recorded `plugin.failed`. */
export const PluginFault = defineEvent('kernel.plugin-fault', {
  kind: 'transient',
  permission: 'system:read',
  scope: 'host',
  summary: 'A plugin threw or hung',
  schema: z.object({ plugin: z.string().nullable(), phase: z.string(), code: z.string(), message: z.string() }),
})

import { z } from 'zod'
import { defineEvent, type Schema } from './tokens.ts'

const define = <S extends Schema>(id: string, summary: string, schema: S) =>
  defineEvent(id, { summary, schema, kind: 'transient', permission: 'system:read', scope: 'host' })

const texts = { code: z.string(), message: z.string() }
const principal = z.string().nullable()
const call = { callId: z.string(), command: z.string(), via: z.string(), principal, durationMs: z.number() }

/** A command answered. Emitted only while somebody listens. */
export const CommandCompleted = define('command.completed', 'A command answered', z.object(call))

/** A command was refused or failed. */
export const CommandFailed = define(
  'command.failed',
  'A command was refused or failed',
  z.object({ ...call, ...texts }),
)

/** A plugin threw or hung. The event log turns it into the recorded `plugin.failed`. */
export const PluginFault = define(
  'kernel.plugin-fault',
  'A plugin threw or hung',
  z.object({ plugin: z.string().nullable(), phase: z.string(), ...texts }),
)

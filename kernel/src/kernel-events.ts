import { z } from 'zod'
import { defineEvent, type Schema } from './tokens.ts'

const define = <S extends Schema>(id: string, summary: string, schema: S) =>
  defineEvent(id, { summary, schema, kind: 'transient', permission: 'system:read', scope: 'host' })

const texts = { code: z.string(), message: z.string() }
const name = z.string().nullable()
const call = { callId: z.string(), command: z.string(), via: z.string(), principal: name, durationMs: z.number() }
const failed = z.object({ ...call, ...texts })
const fault = z.object({ plugin: name, phase: z.string(), ...texts })

/** A command answered. Built only while somebody listens. */
export const CommandCompleted = define('command.completed', 'A command answered', z.object(call))
/** A command was refused or failed. */
export const CommandFailed = define('command.failed', 'A command was refused or failed', failed)
/** A plugin threw or hung. The event log turns it into the recorded `plugin.failed`. */
export const PluginFault = define('kernel.plugin-fault', 'A plugin threw or hung', fault)

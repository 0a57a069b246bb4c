import { z } from 'zod'
import { defineEvent } from './tokens.ts'

const define = <S extends z.ZodRawShape>(id: string, summary: string, shape: S) =>
  defineEvent(id, { summary, schema: z.object(shape), kind: 'transient', permission: 'system:read', scope: 'host' })

const [text, name, number] = [z.string(), z.string().nullable(), z.number()]
const texts = { code: text, message: text }
const call = { callId: text, command: text, via: text, principal: name, role: name, address: name, durationMs: number }
const fault = { plugin: name, phase: text, ...texts }

/** A command answered. Built only while somebody listens. */
export const CommandCompleted = define('command.completed', 'A command answered', call)
/** A command was refused or failed. */
export const CommandFailed = define('command.failed', 'A command was refused or failed', { ...call, ...texts })
/** A plugin threw or hung. The event log turns it into the recorded `plugin.failed`. */
export const PluginFault = define('kernel.plugin-fault', 'A plugin threw or hung', fault)

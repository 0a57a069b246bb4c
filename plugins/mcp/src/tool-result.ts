import { errorCodes, publicCode } from '@waqtor/contracts'
import { isWaqtorError, kernelErrorCodes, WaqtorError } from '@waqtor/kernel'
import type { ToolResult } from './contract.ts'
import { mcpErrorCodes } from './error-codes.ts'
import { refuse } from './refuse.ts'

const fixes: Readonly<Record<string, { readonly fix: string } | undefined>> = {
  ...kernelErrorCodes,
  ...errorCodes,
  ...mcpErrorCodes,
}
const UNTOLD = 'The log of the host has the cause.'

/**
 * The answer of a command as the result of a tool: as text for the model and, where it is an object, for programs as well.
 * @throws WaqtorError WAQ_MCP_RESULT_TOO_LARGE: a page of a megabyte would push everything else out of a model's memory
 */
export function resultOf(output: unknown, limitBytes: number): ToolResult {
  const text = output === undefined ? 'done' : JSON.stringify(output)
  const bytes = Buffer.byteLength(text)
  if (bytes > limitBytes)
    throw refuse('WAQ_MCP_RESULT_TOO_LARGE', `the answer has ${bytes} bytes; a tool may answer ${limitBytes}`)
  return { content: [{ type: 'text', text }], ...(isObject(output) && { structuredContent: output }) }
}

/**
 * An error as the result of a tool, with its code and what to do. As over HTTP, what went wrong on our side is not told: a
 * message may name a path, a statement or a secret.
 */
export function resultOfError(thrown: unknown): ToolResult {
  const error = isWaqtorError(thrown)
    ? thrown
    : new WaqtorError('WAQ_COMMAND_FAILED', 'the command failed', { cause: thrown })
  const { status, retryAfter, details } = error
  const code = publicCode(error.code)
  const fix = fixes[error.code]?.fix
  const ours = status >= 500
  const message = ours ? (fix ?? UNTOLD) : error.message
  const told = status === 500 ? {} : details
  const errors = (Array.isArray(told?.errors) ? told.errors : []) as readonly { path?: unknown; message?: unknown }[]
  const lines = [
    `${code}: ${message}`,
    ...errors.map((it) => `- ${it.path}: ${it.message}`),
    ...(ours || fix === undefined ? [] : [fix]),
    ...(retryAfter === undefined ? [] : [`Try again in ${Math.ceil(retryAfter)} s.`]),
  ]
  return {
    isError: true,
    content: [{ type: 'text', text: lines.join('\n') }],
    structuredContent: {
      ...told,
      code,
      status,
      message,
      ...(!ours && fix !== undefined && { fix }),
      ...(retryAfter !== undefined && { retryAfter }),
    },
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

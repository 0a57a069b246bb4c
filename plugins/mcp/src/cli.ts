import type { Readable, Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { CliIo } from '@waqtor/contracts'
import { misused } from '@waqtor/contracts/cli-usage'
import { messageOf } from '@waqtor/kernel'
import { callAnyTool, callTool, listTools, ToolResult } from './contract.ts'
import { createMcpServer, StdioServerTransport, type Tools } from './mcp-server.ts'
import { resultOfError } from './tool-result.ts'

const usage = `waqtor mcp [--write]

  Speaks the Model Context Protocol on standard input and output, for an assistant that starts its servers itself. Its tools
  are the commands of the host that runs on the data directory.

  --write   offer the tools that change something, too: without it, everything is read only`

/** `waqtor mcp [--write]`. Answers 0 when the client has gone, 2 when it was written wrong. */
export async function run(
  argv: readonly string[],
  io: CliIo,
  { stdin, stdout }: { readonly stdin: Readable; readonly stdout: Writable } = process,
): Promise<number> {
  let options: { write?: boolean; help?: boolean }
  try {
    const known = { write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
    options = parseArgs({ args: [...argv], options: known, strict: true }).values
  } catch (error) {
    return misused({ name: 'mcp', usage }, messageOf(error), io)
  }
  if (options.help) {
    io.print(usage)
    return 0
  }
  const { tools, idle } = counting(toolsBehind(io, options.write === true))
  const server = createMcpServer(tools)
  const transport = new StdioServerTransport(stdin, stdout)
  const ended = Promise.withResolvers<void>()
  server.onclose = () => ended.resolve()
  server.onerror = (error) => io.note(`a message could not be dealt with: ${messageOf(error)}`)
  const end = () => void server.close()
  // Whoever sends its questions in one go and closes the input wants the answers.
  const inputEnded = () => void idle().then(end)
  stdin.once('end', inputEnded)
  io.signal.addEventListener('abort', end, { once: true })
  await server.connect(transport)
  io.note(`serving the tools of '${io.dataDirectory}'${options.write ? '' : ', for reading only'}`)
  await ended.promise
  stdin.off('end', inputEnded)
  io.signal.removeEventListener('abort', end)
  return 0
}

/** The tools, and a way to wait until nothing is asked of them. */
function counting(inner: Tools): { readonly tools: Tools; idle(): Promise<void> } {
  const pending = new Set<Promise<unknown>>()
  const counted = <T>(work: Promise<T>): Promise<T> => {
    const settled: Promise<unknown> = work.catch(() => {}).then(() => pending.delete(settled))
    pending.add(settled)
    return work
  }
  return {
    tools: {
      changing: inner.changing,
      list: (extra) => counted(inner.list(extra)),
      call: (name, args, signal, extra) => counted(inner.call(name, args, signal, extra)),
    },
    async idle() {
      // What was read last is being handled, and what was answered last is being written, one turn later.
      await nextTurn()
      while (pending.size > 0) await Promise.all(pending)
      await nextTurn()
    },
  }
}

/** Connects for each call: a host may be restarted meanwhile, and where none runs, nothing holds the data directory. */
function toolsBehind(io: CliIo, write: boolean): Tools {
  const execute = async (command: string, input: unknown, signal: AbortSignal) => {
    await using client = await io.connect()
    return await client.execute(command, input, { signal })
  }
  return {
    changing: false,
    async list() {
      const answer = await execute(listTools.id, { write }, io.signal)
      return listTools.output.parse(answer).tools
    },
    async call(tool, args, signal) {
      const command = write ? callAnyTool : callTool
      try {
        return ToolResult.parse(await execute(command.id, { tool, arguments: args }, signal))
      } catch (error) {
        return resultOfError(error)
      }
    },
  }
}

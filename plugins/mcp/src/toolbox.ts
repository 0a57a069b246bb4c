import {
  type Call,
  type CommandToken,
  denied,
  holds,
  isWaqtorError,
  type KernelView,
  type Logger,
  type Principal,
  WaqtorError,
} from '@waqtor/kernel'
import type { Tool, ToolResult } from './contract.ts'
import { describeTool, IDEMPOTENCY_KEY } from './describe-tool.ts'
import { refuse } from './refuse.ts'
import { toolNames } from './tool-names.ts'
import { resultOf, resultOfError } from './tool-result.ts'

/** Who calls a tool, and what is known of the call. */
export type ToolCaller = Pick<Partial<Call>, 'id' | 'signal' | 'address'> & { readonly principal: Principal }

export interface ToolboxOptions {
  readonly kernel: KernelView
  readonly log: Logger
  /** False: no key may change anything this way. */
  readonly write: boolean
  readonly resultLimitBytes: number
}

/** The commands as tools, each for who may call it, through the same pipeline as everywhere. */
export class Toolbox {
  readonly #options: ToolboxOptions
  readonly #tools = new WeakMap<CommandToken, Tool>()
  #ids: ReadonlyMap<string, string> = new Map()
  #version = -1

  constructor(options: ToolboxOptions) {
    this.#options = options
  }

  /** Grows whenever the list may have changed. */
  get version(): number {
    return this.#options.kernel.commands.version
  }

  /** True when this principal may use tools that change something. */
  mayWrite(principal: Principal): boolean {
    return this.#options.write && holds(principal, 'mcp:write')
  }

  /** What the principal may call; without `write` only what reads. */
  list(principal: Principal, write = this.mayWrite(principal)): readonly Tool[] {
    const { commands } = this.#options.kernel
    const mayCall = new Set(commands.list(principal))
    const tools: Tool[] = []
    for (const [name, id] of this.#names()) {
      const command = commands.get(id)
      if (!command || !mayCall.has(command)) continue
      if (command.hints?.readOnly || (write && this.mayWrite(principal))) tools.push(this.#describe(name, command))
    }
    return tools
  }

  /** Calls a tool. Failures are results too: whoever asked is to read why. */
  async call(name: string, args: unknown, caller: ToolCaller, write = true): Promise<ToolResult> {
    try {
      return await this.#run(name, args, caller, write)
    } catch (error) {
      if (!isWaqtorError(error) || error.status >= 500)
        this.#options.log.error('a tool failed', { tool: name, id: caller.id, cause: error })
      return resultOfError(error)
    }
  }

  async #run(name: string, args: unknown, caller: ToolCaller, write: boolean): Promise<ToolResult> {
    const { kernel, resultLimitBytes } = this.#options
    const command = kernel.commands.get(this.#names().get(name) ?? '')
    if (!command) throw refuse('WAQ_MCP_TOOL_UNKNOWN', `there is no tool '${name}'`)
    const denial = kernel.refusal(command, caller.principal)
    if (denial) throw denied(denial)
    if (!command.hints?.readOnly && !(write && this.mayWrite(caller.principal)))
      throw refuse('WAQ_MCP_READ_ONLY', `'${name}' changes something, and this is a connection for reading only`)
    const { input, idempotencyKey } = split(args, command)
    const call: Partial<Call> = { ...caller, via: 'mcp', ...(idempotencyKey !== undefined && { idempotencyKey }) }
    return resultOf(await kernel.commands.execute(command.id, input, call), resultLimitBytes)
  }

  /** Ids of commands by names of tools. Whoever has a credential needs no command that asks for none. */
  #names(): ReadonlyMap<string, string> {
    if (this.#version !== this.version) {
      const commands = this.#options.kernel.commands.list()
      const ids = commands.filter((it) => it.permission !== 'public' && !it.id.startsWith('mcp.')).map((it) => it.id)
      this.#ids = toolNames(ids)
      this.#version = this.version
    }
    return this.#ids
  }

  #describe(name: string, command: CommandToken): Tool {
    const known = this.#tools.get(command)
    if (known?.name === name) return known
    const tool = describeTool(name, command)
    this.#tools.set(command, tool)
    return tool
  }
}

/** Takes the idempotency key out of the arguments, of a command that has one. */
function split(args: unknown, { hints }: CommandToken): { input: unknown; idempotencyKey?: string } {
  if (!hints?.idempotent || typeof args !== 'object' || args === null || !Object.hasOwn(args, IDEMPOTENCY_KEY))
    return { input: args ?? {} }
  const { [IDEMPOTENCY_KEY]: key, ...input } = args as Record<string, unknown>
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return { input, idempotencyKey: key }
  const message = 'must be 1 to 255 visible ASCII characters without spaces'
  throw new WaqtorError('WAQ_INPUT_INVALID', `'${IDEMPOTENCY_KEY}' ${message}`, {
    details: { errors: [{ path: IDEMPOTENCY_KEY, message }] },
  })
}

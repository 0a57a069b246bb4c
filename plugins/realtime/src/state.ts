import type { ChannelState } from '@waqtor/contracts'
import { type CommandToken, isWaqtorError, type KernelView, type Logger, messageOf } from '@waqtor/kernel'
import type { Broadcasts } from './broadcasts.ts'
import type { Client } from './client.ts'

/** So often a state is read again that was overtaken by an event while it was read. */
const TRIES = 3

export interface StatesOptions {
  readonly kernel: KernelView
  readonly broadcasts: Broadcasts
  readonly log: Logger
}

/** Sends a client how things stand when it comes, so that it need not ask: the answers of commands that it may call itself. */
export class States {
  readonly #options: StatesOptions

  constructor(options: StatesOptions) {
    this.#options = options
  }

  /** @throws WaqtorError when a plugin is being restarted: the client shall come back a little later */
  async send(client: Client): Promise<void> {
    const { principal, channels } = client.pass
    const states = channels.flatMap((it) => it.state)
    const open = states.filter(({ command }) => !this.#options.kernel.refusal(command, principal))
    await Promise.all(open.map((it) => this.#send(client, it)))
  }

  async #send(client: Client, state: ChannelState): Promise<void> {
    const { socket } = client
    if (!(await this.#isCalledFor(client, state))) return
    const { output, failure } = await this.#read(client, state)
    if (failure !== undefined) return this.#failed(client, state.command, failure)
    try {
      for (const { name, data } of state.send(output as never, Date.now())) socket.emit(name, data)
    } catch (error) {
      this.#failed(client, state.command, error)
    }
  }

  async #isCalledFor(client: Client, { when, input }: ChannelState): Promise<boolean> {
    if (!when) return true
    try {
      return when.calls((await this.#execute(client, when.command, input)) as never)
    } catch (error) {
      this.#failed(client, when.command, error)
      return false
    }
  }

  #execute({ handshake, pass, signal }: Client, { id, scope }: CommandToken, input: object): Promise<unknown> {
    const whole = scope === 'instance' ? { ...input, instance: handshake.instance } : input
    return this.#options.kernel.commands.execute(id, whole, { ...pass.call, signal })
  }

  /** The client sits in its rooms already, so no event is missed; an answer from before one of them is read again. */
  async #read(client: Client, { command, input }: ChannelState): Promise<{ output?: unknown; failure?: unknown }> {
    const { broadcasts } = this.#options
    const { path, handshake, disclosed } = client
    for (let tries = 1; ; tries++) {
      const version = broadcasts.version(path, handshake.account)
      try {
        const reading = this.#execute(client, command, input)
        // What overtakes a look is sent after it, so once is enough.
        const isLook = disclosed.note(command.id, reading)
        const output = await reading
        if (isLook || tries === TRIES || broadcasts.version(path, handshake.account) === version) return { output }
      } catch (failure) {
        return { failure }
      }
    }
  }

  #failed({ path, signal }: Client, command: CommandToken, error: unknown): void {
    if (signal.aborted) return
    if (isWaqtorError(error) && error.code === 'WAQ_RELOADING') throw error
    // That there is nothing to tell just now (no QR code, no session) is no fault.
    if (isWaqtorError(error) && error.status !== 500) return
    const problem = messageOf(error)
    this.#options.log.error(`the state of '${path}' could not be sent`, { command: command.id, problem, cause: error })
  }
}

import type { ChannelState } from '@waqtor/contracts'
import { isWaqtorError, type KernelView, type Logger, messageOf } from '@waqtor/kernel'
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
    const { output, failure } = await this.#read(client, state)
    if (failure !== undefined) return this.#failed(client, state, failure)
    try {
      for (const { name, data } of state.send(output as never, Date.now())) socket.emit(name, data)
    } catch (error) {
      this.#failed(client, state, error)
    }
  }

  /** The client sits in its rooms already, so no event is missed; an answer from before one of them is read again. */
  async #read(client: Client, { command, input }: ChannelState): Promise<{ output?: unknown; failure?: unknown }> {
    const { kernel, broadcasts } = this.#options
    const { path, handshake, pass, signal, disclosed } = client
    const whole = command.scope === 'instance' ? { ...input, instance: handshake.instance } : input
    for (let tries = 1; ; tries++) {
      const version = broadcasts.version(path, handshake.account)
      try {
        const reading = kernel.commands.execute(command.id, whole, { ...pass.call, signal })
        // What overtakes a look is sent after it, so once is enough.
        const isLook = disclosed.note(command.id, reading)
        const output = await reading
        if (isLook || tries === TRIES || broadcasts.version(path, handshake.account) === version) return { output }
      } catch (failure) {
        return { failure }
      }
    }
  }

  #failed({ path, signal }: Client, { command }: ChannelState, error: unknown): void {
    if (signal.aborted) return
    if (isWaqtorError(error) && error.code === 'WAQ_RELOADING') throw error
    // That there is nothing to tell just now (no QR code, no session) is no fault.
    if (isWaqtorError(error) && error.status !== 500) return
    const problem = messageOf(error)
    this.#options.log.error(`the state of '${path}' could not be sent`, { command: command.id, problem, cause: error })
  }
}

import { disclosingCommand, isDisclosing } from '@waqtor/contracts'
import type { Call, KernelView } from '@waqtor/kernel'

/** What was looked at over one connection, of what counts as a look; see `defineDisclosure`. */
export class Disclosed {
  readonly #kernel: Pick<KernelView, 'commands' | 'contributions'>
  /** By command, whether the look succeeded. One that failed was none. */
  readonly #looks = new Map<string, Promise<boolean>>()
  /** By command, who was asked about last. */
  readonly #turns = new Map<string, Promise<boolean>>()

  constructor(kernel: Pick<KernelView, 'commands' | 'contributions'>) {
    this.#kernel = kernel
  }

  /**
   * Has the caller look before the first event of this type is sent. Answers in the order in which it was asked, so that no
   * event overtakes an earlier one.
   * @returns false when that is refused, or there is nothing to see just now; asked again with the next event
   */
  allows(event: string, call: Partial<Call>, instance: string | null): Promise<boolean> {
    const command = disclosingCommand(this.#kernel, event)?.id
    if (command === undefined) return Promise.resolve(true)
    const before = this.#turns.get(command) ?? Promise.resolve(false)
    const turn = before.then(() => this.#look(command, call, instance))
    this.#turns.set(command, turn)
    return turn
  }

  /** Takes note of a command that the caller runs anyway. True when it is a look. */
  note(command: string, running: Promise<unknown>): boolean {
    const isLook = isDisclosing(this.#kernel, command)
    if (isLook) void this.#note(command, running)
    return isLook
  }

  async #look(command: string, call: Partial<Call>, instance: string | null): Promise<boolean> {
    const known = this.#looks.get(command)
    // One that was under way, and failed, may have come too early for this event.
    if (known && (await known)) return true
    return this.#note(command, this.#kernel.commands.execute(command, instance === null ? {} : { instance }, call))
  }

  #note(command: string, running: Promise<unknown>): Promise<boolean> {
    const look = running.then(
      () => true,
      () => {
        if (this.#looks.get(command) === look) this.#looks.delete(command)
        return false
      },
    )
    this.#looks.set(command, look)
    return look
  }
}

/** Whoever holds a session directory, and can be told to let go of it. */
export interface Holder {
  /** Resolves when it has let go. */
  replaced(): Promise<void>
}

/** One Chromium per session directory, ever: a profile that two use is a profile that breaks. */
export class Leases {
  readonly #holders = new Map<string, Holder>()

  /** Takes the directory over from whoever holds it. */
  async take(directory: string, holder: Holder): Promise<void> {
    for (;;) {
      const before = this.#holders.get(directory)
      if (!before || before === holder) break
      await before.replaced()
      if (this.#holders.get(directory) === before) this.#holders.delete(directory)
    }
    this.#holders.set(directory, holder)
  }

  release(directory: string, holder: Holder): void {
    if (this.#holders.get(directory) === holder) this.#holders.delete(directory)
  }
}

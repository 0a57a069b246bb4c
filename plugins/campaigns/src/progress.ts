const restMs = 250

/** Remembers which campaigns moved and tells about each at most four times a second: the latest, never a queue. */
export class Progress {
  readonly #tell: (instance: string, campaignId: string) => Promise<void>
  readonly #changed = new Map<string, { readonly instance: string; readonly campaignId: string }>()
  #timer: NodeJS.Timeout | undefined

  constructor(tell: (instance: string, campaignId: string) => Promise<void>) {
    this.#tell = tell
  }

  changed(instance: string, campaignId: string): void {
    this.#changed.set(`${instance}/${campaignId}`, { instance, campaignId })
    this.#timer ??= setTimeout(() => this.#flush(), restMs)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#changed.clear()
  }

  #flush(): void {
    this.#timer = undefined
    const changed = [...this.#changed.values()]
    this.#changed.clear()
    for (const { instance, campaignId } of changed) {
      this.#tell(instance, campaignId).catch(() => {
        // The instance may have gone meanwhile; progress is not promised.
      })
    }
  }
}

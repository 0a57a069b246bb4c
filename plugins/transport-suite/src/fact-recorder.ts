import type { TransportFact } from '@waqtor/contracts'

type Fact<T extends TransportFact['type']> = Extract<TransportFact, { type: T }>

/** Keeps what a transport reports, and lets a test wait for it. */
export class FactRecorder {
  readonly all: TransportFact[] = []
  /** Facts up to here were asked for already. */
  #seen = 0
  #waiting: (() => void) | undefined

  readonly report = (fact: TransportFact): void => {
    this.all.push(fact)
    this.#waiting?.()
  }

  /** The next fact of this type; those before it are passed over for good. */
  async next<T extends TransportFact['type']>(type: T): Promise<Fact<T>> {
    for (;;) {
      while (this.#seen < this.all.length) {
        const fact = this.all[this.#seen++]!
        if (fact.type === type) return fact as Fact<T>
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  of<T extends TransportFact['type']>(type: T): Fact<T>[] {
    return this.all.filter((it): it is Fact<T> => it.type === type)
  }
}

import { hash } from 'node:crypto'
import type { Address } from './addresses.ts'
import type { Agenda } from './agenda.ts'
import type { Clock } from './clock.ts'
import type { Journal } from './journal.ts'
import type { Phone } from './phone.ts'

/** What all parts of one network share. */
export interface World {
  readonly clock: Clock
  readonly agenda: Agenda
  readonly journal: Journal
  exists(address: Address): boolean
  /** A fresh message id without its chat. */
  drawStanza(phone: Phone): string
  /** Does what nobody waits for; a failure is told to whoever looks after the network. */
  attempt(work: () => unknown): void
}

/**
 * Draws message ids that look like the real ones: `3EB0` and 18 hexadecimal digits. The time of birth goes into them, so
 * that a network that starts again with the same seed does not repeat the ids of its earlier life.
 */
export function stanzaSource(born: number): (phone: Phone) => string {
  let count = 0
  return ({ instance, behaviour }) => {
    const key = `${behaviour.seed}|${born}|${instance}|${count++}`
    return `3EB0${hash('sha256', key).slice(0, 18).toUpperCase()}`
  }
}

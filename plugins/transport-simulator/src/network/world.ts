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
  readonly identity: string
  exists(address: Address): boolean
  /** A fresh message id without its chat. */
  drawStanza(phone: Phone): string
  /** Does what nobody waits for; a failure is told to whoever looks after the network. */
  attempt(work: () => unknown): void
}

/** Draws message ids that look like the real ones: `3EB0` and 18 hexadecimal digits. */
export function stanzaSource(identity: string): (phone: Phone) => string {
  let count = 0
  return ({ instance }) => `3EB0${hash('sha256', `${identity}|${instance}|${count++}`).slice(0, 18).toUpperCase()}`
}

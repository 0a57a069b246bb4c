import type { Group } from '../options.ts'
import type { Accounts } from './accounts.ts'
import type { GroupFrame } from './frames.ts'
import { lidOf, numberOf } from './numbers.ts'

interface KnownGroup {
  readonly id: string
  readonly subject: string
  /** Numbers. */
  readonly members: readonly string[]
  readonly lidMode: boolean
}

export class Groups {
  readonly #byId = new Map<string, KnownGroup>()
  readonly #accounts: Accounts

  constructor(accounts: Accounts) {
    this.#accounts = accounts
  }

  add({ id, subject, members, lidMode = false }: Group): void {
    const numbers = members.map((it) => numberOf(it) ?? this.#accounts.of(it).number)
    this.#byId.set(id, { id, subject, members: numbers, lidMode })
  }

  find(id: string): KnownGroup | undefined {
    return this.#byId.get(id)
  }

  of(number: string): readonly GroupFrame[] {
    return [...this.#byId.values()].filter((it) => it.members.includes(number)).map(frameOf)
  }

  frame(id: string): GroupFrame | null {
    const group = this.#byId.get(id)
    return group ? frameOf(group) : null
  }
}

function frameOf({ id, subject, members, lidMode }: KnownGroup): GroupFrame {
  return {
    id,
    subject,
    lidMode,
    members: members.map((it, i) => ({ id: lidMode ? lidOf(it) : `${it}@c.us`, admin: i === 0 })),
  }
}

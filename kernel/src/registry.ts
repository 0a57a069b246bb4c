import { z } from 'zod'
import { type ErrorCode, WaqtorError } from './errors.ts'
import type { CommandToken, EventToken, Guarded } from './tokens.ts'

/**
 * Tokens by id, counted by use. A token may be registered many times (a plugin emits it, ten listen to it);
 * it goes when the last one is undone. Two different definitions under one id are refused.
 */
export class TokenRegistry<T extends Guarded> {
  readonly #kind: string
  readonly #entries = new Map<string, { readonly token: T; readonly owner: string; uses: number }>()
  #version = 0

  constructor(kind: string) {
    this.#kind = kind
  }

  /** Grows with every change; what is derived from the list may be kept as long as this stands. */
  get version(): number {
    return this.#version
  }

  add(owner: string, token: T): () => void {
    const known = this.#entries.get(token.id)
    if (known && known.token !== token && fingerprint(known.token) !== fingerprint(token)) {
      throw new WaqtorError(
        'WAQ_TOKEN_CONFLICT' satisfies ErrorCode,
        `${this.#kind} '${token.id}' is defined differently by plugin '${known.owner}'`,
        { plugin: owner, phase: 'setup' },
      )
    }
    const entry = known ?? { token, owner, uses: 0 }
    if (!known) {
      this.#entries.set(token.id, entry)
      this.#version++
    }
    entry.uses++
    return () => {
      if (--entry.uses > 0) return
      this.#entries.delete(token.id)
      this.#version++
    }
  }

  get(id: string): T | undefined {
    return this.#entries.get(id)?.token
  }

  list(): readonly T[] {
    return [...this.#entries.values()].map((it) => it.token).sort((a, b) => (a.id < b.id ? -1 : 1))
  }
}

/** What makes two definitions the same: their schemas, permission and scope. */
export function fingerprint(token: Guarded): string {
  const { permission, scope } = token
  const { input, output, schema, kind } = token as Partial<CommandToken> & Partial<EventToken>
  return JSON.stringify([
    permission,
    scope,
    kind,
    jsonSchema(input, 'input'),
    jsonSchema(output, 'output'),
    jsonSchema(schema, 'output'),
  ])
}

function jsonSchema(schema: z.ZodType | undefined, io: 'input' | 'output'): unknown {
  return schema && z.toJSONSchema(schema, { io, unrepresentable: 'any' })
}

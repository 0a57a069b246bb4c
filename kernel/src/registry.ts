import { z } from 'zod'
import { blame } from './errors.ts'
import type { CommandToken, EventToken, Guarded } from './tokens.ts'

/** Tokens by id, counted by use. */
export type TokenRegistry<T extends Guarded> = ReturnType<typeof createTokenRegistry<T>>

/**
 * A token may be registered many times (a plugin emits it, ten listen to it); it goes when the last one is undone.
 * Two different definitions under one id are refused.
 */
export function createTokenRegistry<T extends Guarded>(kind: string) {
  const entries = new Map<string, { readonly token: T; readonly owner: string; uses: number }>()
  let version = 0
  return {
    /** Grows with every change; what is derived from the list may be kept as long as this stands. */
    version: () => version,
    get: (id: string): T | undefined => entries.get(id)?.token,
    /** Sorted by id. */
    list: (): readonly T[] => [...entries.values()].map((it) => it.token).sort((a, b) => (a.id < b.id ? -1 : 1)),
    add(owner: string, token: T): () => void {
      const known = entries.get(token.id)
      if (known && known.token !== token && fingerprint(known.token) !== fingerprint(token)) {
        const message = `${kind} '${token.id}' is defined differently by plugin '${known.owner}'`
        throw blame(owner, 'setup')('WAQ_TOKEN_CONFLICT', message)
      }
      const entry = known ?? { token, owner, uses: 0 }
      if (entry.uses++ === 0) version++
      entries.set(token.id, entry)
      return () => {
        if (--entry.uses > 0) return
        entries.delete(token.id)
        version++
      }
    },
  }
}

/** What makes two definitions the same: their schemas, permission and scope. */
export function fingerprint(token: Guarded): string {
  const { permission, scope, kind, input, output, schema } = token as Guarded & Partial<CommandToken & EventToken>
  const shape = (it: z.ZodType | undefined, io: 'input' | 'output') =>
    it && z.toJSONSchema(it, { io, unrepresentable: 'any' })
  return JSON.stringify([
    permission,
    scope,
    kind,
    shape(input, 'input'),
    shape(output, 'output'),
    shape(schema, 'output'),
  ])
}

/** How the doors of the matrix ask, and what an answer says. */
import type { CommandToken, Guarded } from '@waqtor/kernel'
import { covers, type Door, type Key, type Place, type Verdict } from './matrix.ts'
import { REACHED } from './matrix-stock.ts'
import type { Answer } from './stock.ts'

const atOnce = 32

/** The example of a command on this account, or without any. */
export function inputOf({ hints, scope }: CommandToken, place: Place): Record<string, unknown> {
  const { instance: _, ...fields } = (hints?.example ?? {}) as Record<string, unknown>
  return scope === 'instance' ? { ...fields, instance: place } : fields
}

/**
 * The ways to say which account is meant; `default` needs no saying. To a key that may not do it anywhere the way is all one:
 * one of them will do.
 */
export function naming(
  instance: unknown,
  key: Key,
  command: CommandToken,
): readonly { query?: string; instance?: string }[] {
  const account = String(instance)
  if (!covers(key, command.permission)) return [{ instance: account }]
  return [{ instance: account }, { query: account }, ...(account === 'default' ? [{}] : [])]
}

/**
 * A sample, for the doors that lead to the same commands as the routes: all that the key has the permission for, and one in
 * five of the others, which the routes refuse it one by one. Other keys are refused others, and nobody is refused them all.
 */
export function worthAsking<S extends Guarded>(subjects: readonly S[], key: Key): readonly S[] {
  if (key.text === null) return subjects
  const offset = [...key.permissions.join()].reduce((sum, it) => sum + it.charCodeAt(0), 0)
  return subjects.filter((it, index) => covers(key, it.permission) || (index + offset) % 5 === 0)
}

/** Asks about those subjects that have to do with the place, some at a time. */
export async function each<S extends Guarded>(
  subjects: readonly S[],
  place: Place,
  ask: (subject: S) => Promise<readonly Verdict[]>,
): Promise<ReadonlyMap<string, readonly Verdict[]>> {
  const own = subjects.filter((it) => (it.scope === 'host') === (place === 'host'))
  const verdicts = new Map<string, readonly Verdict[]>()
  let next = 0
  const worker = async () => {
    for (let it = own[next++]; it; it = own[next++]) verdicts.set(it.id, await ask(it))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return verdicts
}

/** A door that shows a list, in which no account is spoken of. */
export function listing(
  subjects: readonly Guarded[],
  list: (key: Key) => Promise<ReadonlySet<string> | Answer>,
): Door['ask'] {
  return async (key, place) => {
    if (place !== 'host') return new Map()
    const shown = await list(key)
    const verdicts = 'status' in shown ? verdictOf(shown.status, shown.text) : shown
    return new Map(subjects.map(({ id }) => [id, [seen(verdicts, id)]]))
  }
}

export function seen(shown: ReadonlySet<unknown> | Verdict, id: string): Verdict {
  if (typeof shown === 'string') return shown
  return shown.has(id) ? 'allowed' : 'refused'
}

export function reached({ status, text, body }: Answer, { id, scope }: CommandToken, place: Place): Verdict {
  if (status === REACHED.status && body.code === REACHED.code)
    return scope === 'host' || body.instance === place ? 'allowed' : `in ${body.instance}`
  return id === 'events.list' && status === 200 ? 'allowed' : verdictOf(status, text)
}

export function verdictOf(status: number, text: string): Verdict {
  if (status === 401) return 'unknown'
  if (status === 403) return text.includes('"feature_locked"') ? 'locked' : 'refused'
  return `${status} ${text.slice(0, 300)}`
}

export function written(value: unknown): string {
  if (Array.isArray(value)) return value.join()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

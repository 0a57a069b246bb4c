/**
 * The table of what each key may do: every subject (a command, an event, a file) at every door that leads to it, with
 * every permission there is, on the key's own account and on another. Made from the registries, so that a new command or event
 * is in it without anybody's thinking of it; each cell is a request by a real key.
 *
 * A new door is one more `Door`. A new condition is one more line in `expected`, with the keys that it binds in `makeKeys`.
 */
import type { Guarded } from '@waqtor/kernel'

/** What came of a request; anything else is its own text, and wrong. */
export type Verdict = 'allowed' | 'refused' | 'locked' | 'unknown' | (string & {})

/** `host`: no account is spoken of, the host's own things are meant. */
export type Place = 'shop' | 'default' | 'host'

/** A key as it was made; `text` is null for nobody. */
export interface Key {
  readonly permissions: readonly string[]
  readonly instances: readonly string[] | 'all'
  readonly text: string | null
  /** As whom whoever has it is known. */
  readonly id?: string
  /** It was made to be bound by access codes: what is gated is locked for it, or has been opened. */
  readonly gated?: 'locked' | 'opened'
  /** What a door demands, for a key that was made for such doors alone. */
  readonly besides?: string
}

/** A way into the system. */
export interface Door {
  readonly name: string
  /** What can be had here. */
  readonly subjects: readonly Guarded[]
  /** Permissions that it asks for besides the subject's own. */
  demands(subject: Guarded): readonly string[]
  /** The host's own things are for keys of all accounts only. */
  readonly wholeHost?: boolean
  /** What becomes of things that are locked, where that is not to say so. */
  readonly whenLocked?: Verdict
  /**
   * Asks for its subjects in one place. Answers what came of it, by the id of the subject, once for each way to ask. A
   * subject that has nothing to do with the place is left out.
   */
  ask(key: Key, place: Place): Promise<ReadonlyMap<string, readonly Verdict[]>>
}

export const places = ['shop', 'default', 'host'] as const

/** True when a key holds a permission, wherever it reaches. Written out anew: the kernel's own way is what is tested. */
export function covers({ permissions }: Key, permission: string): boolean {
  const area = permission.split(':')[0]
  return permission === 'public' || permissions.some((it) => it === permission || it === `${area}:*` || it === '*')
}

/** The rule. The code that is tested knows none of this. */
export function expected(door: Door, subject: Guarded, key: Key, place: Place): Verdict {
  if (subject.permission === 'public') return 'allowed'
  if (key.text === null) return 'unknown'
  const needed = [subject.permission, ...door.demands(subject)]
  if (!needed.every((it) => covers(key, it))) return 'refused'
  const isLocked = key.gated === 'locked' && needed.some((it) => gatedAreas.includes(it.split(':')[0]!))
  const open = isLocked ? (door.whenLocked ?? 'locked') : 'allowed'
  if (key.instances === 'all') return open
  const reaches = place === 'host' ? !door.wholeHost : key.instances.includes(place)
  return reaches ? open : 'refused'
}

/** Areas that take an access code, as the stock config has it. */
const gatedAreas = ['campaigns', 'reports', 'interactive']

export interface Outcome {
  readonly cells: number
  readonly allowed: number
  /** Cells that are not as the rule says. */
  readonly wrong: readonly string[]
}

/** What a door asks for besides the permissions of its subjects, each combination once. */
export function demandsOf(door: Door): readonly string[] {
  return [...new Set(door.subjects.map((it) => door.demands(it).join()))].filter((it) => it !== '')
}

/** Asks everything. A door's cells are counted once for each way in. */
export async function runMatrix(doors: readonly Door[], keys: readonly Key[]): Promise<Outcome> {
  let cells = 0
  let allowed = 0
  const wrong: string[] = []
  for (const door of doors) {
    const byId = new Map(door.subjects.map((it) => [it.id, it]))
    const demanded = demandsOf(door)
    for (const key of keys.filter((it) => it.besides === undefined || demanded.includes(it.besides))) {
      for (const place of places) {
        for (const [id, verdicts] of await door.ask(key, place)) {
          const right = expected(door, byId.get(id)!, key, place)
          cells += verdicts.length
          if (right === 'allowed') allowed += verdicts.length
          for (const verdict of verdicts)
            if (verdict !== right) {
              const who =
                key.text === null
                  ? 'nobody'
                  : `${key.permissions} on ${key.instances}${key.gated ? ` (${key.gated})` : ''}`
              wrong.push(`${door.name}: ${id} in ${place} by ${who}: ${verdict}, not ${right}`)
            }
        }
      }
    }
  }
  return { cells, allowed, wrong }
}

/**
 * The table of what each key may do: every subject (a command, an event, a file) at every door that leads to it, with
 * every permission there is, on the key's own account and on another. Made from the registries, so that a new command or event
 * is in it without anybody's thinking of it; each cell is a request by a real key.
 *
 * A new door (a socket, say) is one more `Door`. A new condition (a feature that is locked, say) is one more line in
 * `expected`, with the keys that it binds in `makeKeys`.
 */
import type { Guarded } from '@waqtor/kernel'
import type { Stock } from './stock.ts'

/** What came of a request; anything else is its own text, and wrong. */
export type Verdict = 'allowed' | 'refused' | 'unknown' | (string & {})

/** `host`: no account is spoken of, the host's own things are meant. */
export type Place = 'shop' | 'default' | 'host'

/** A key as it was made; `text` is null for nobody. */
export interface Key {
  readonly permissions: readonly string[]
  readonly instances: readonly string[] | 'all'
  readonly text: string | null
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
  if (![subject.permission, ...door.demands(subject)].every((it) => covers(key, it))) return 'refused'
  if (key.instances === 'all') return 'allowed'
  const reaches = place === 'host' ? !door.wholeHost : key.instances.includes(place)
  return reaches ? 'allowed' : 'refused'
}

/**
 * Makes the keys, of one account each: with every permission alone, every area, everything; and, for doors that demand
 * something themselves, with that besides, of one account and of all. One key may do everything everywhere, one is nobody's.
 */
export async function makeKeys(
  stock: Stock,
  doors: readonly Door[],
  wanted: (permission: string) => boolean = () => true,
): Promise<readonly Key[]> {
  const { commands, events } = stock.test.kernel
  const demanded = new Set(doors.flatMap(demandsOf))
  const known = [...commands.list(), ...events.list()].map((it) => it.permission).filter((it) => it !== 'public')
  const single = [...new Set([...known, ...[...demanded].flatMap((it) => it.split(','))])].filter(wanted).sort()
  const areas = [...new Set(single.map((it) => `${it.split(':')[0]}:*`))]
  const make = async (permissions: readonly string[], instances: Key['instances'], besides?: string): Promise<Key> => {
    const text = await stock.key(permissions, instances === 'all' ? undefined : instances)
    return { permissions, instances, text, ...(besides !== undefined && { besides }) }
  }
  const keys: Key[] = [{ permissions: [], instances: [], text: null }, await make(['*'], 'all')]
  for (const permission of [...single, ...areas, '*']) keys.push(await make([permission], ['shop']))
  const ofWholeHost = new Set(doors.filter((it) => it.wholeHost).flatMap(demandsOf))
  for (const besides of demanded)
    for (const permission of single) {
      const permissions = [...new Set([permission, ...besides.split(',')])]
      keys.push(await make(permissions, ['shop'], besides))
      if (ofWholeHost.has(besides)) keys.push(await make(permissions, 'all', besides))
    }
  return keys
}

/** What a door asks for besides the permissions of its subjects, each combination once. */
function demandsOf(door: Door): readonly string[] {
  return [...new Set(door.subjects.map((it) => door.demands(it).join()))].filter((it) => it !== '')
}

export interface Outcome {
  readonly cells: number
  readonly allowed: number
  /** Cells that are not as the rule says. */
  readonly wrong: readonly string[]
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
              const who = key.text === null ? 'nobody' : `${key.permissions} on ${key.instances}`
              wrong.push(`${door.name}: ${id} in ${place} by ${who}: ${verdict}, not ${right}`)
            }
        }
      }
    }
  }
  return { cells, allowed, wrong }
}

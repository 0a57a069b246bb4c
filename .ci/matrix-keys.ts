/** The keys of the matrix. */
import { systemPrincipal } from '@waqtor/kernel'
import { setSubscription } from '@waqtor/plugin-access/contract'
import { type Door, demandsOf, type Key } from './matrix.ts'
import type { Stock } from './stock.ts'

/**
 * Makes the keys, of one account each: with every permission alone, every area, everything; and, for doors that demand
 * something themselves, with that besides, of one account and of all. One key may do everything everywhere, one is nobody's.
 * Those that are bound by access codes come last, each twice: once while everything is locked, once when it is opened.
 */
export async function makeKeys(
  stock: Stock,
  doors: readonly Door[],
  wanted: (permission: string) => boolean = () => true,
): Promise<readonly Key[]> {
  const { commands, events } = stock.test.kernel
  const demanded = new Map<string, readonly Door[]>()
  for (const door of doors)
    for (const besides of demandsOf(door)) demanded.set(besides, [...(demanded.get(besides) ?? []), door])
  const known = [...commands.list(), ...events.list()].map((it) => it.permission).filter((it) => it !== 'public')
  const single = [...new Set([...known, ...[...demanded.keys()].flatMap((it) => it.split(','))])].filter(wanted).sort()
  const areas = [...new Set(single.map((it) => `${it.split(':')[0]}:*`))]
  const make = async (permissions: readonly string[], instances: Key['instances'], more: Partial<Key> = {}) => {
    const bound = { gated: more.gated !== undefined }
    const { key, id } = await stock.makeKey(permissions, instances === 'all' ? undefined : instances, bound)
    if (more.gated === 'opened')
      await stock.test.run(setSubscription, { userId: id, status: 'active' }, { principal: systemPrincipal })
    return { ...more, permissions, instances, text: key, id }
  }
  const keys: Key[] = [{ permissions: [], instances: [], text: null }, await make(['*'], 'all')]
  for (const permission of [...single, ...areas, '*']) keys.push(await make([permission], ['shop']))
  for (const [besides, asking] of demanded) {
    // With what a door of these asks for at all: more of them would be refused for the same reason.
    const asked = new Set(asking.flatMap((it) => it.subjects).map((it) => it.permission))
    for (const permission of single.filter((it) => asked.has(it))) {
      const permissions = [...new Set([permission, ...besides.split(',')])]
      keys.push(await make(permissions, ['shop'], { besides }))
      if (asking.some((it) => it.wholeHost)) keys.push(await make(permissions, 'all', { besides }))
    }
  }
  for (const gated of ['locked', 'opened'] as const) {
    keys.push(await make(['*'], 'all', { gated }), await make(['*'], ['shop'], { gated }))
    for (const permission of single.filter((it) => it.startsWith('campaigns:')))
      keys.push(await make([permission], ['shop'], { gated }))
  }
  return keys
}

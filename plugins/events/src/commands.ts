import { type PluginContext, reaches } from '@waqtor/kernel'
import { HOST_LOG, listEvents, listReaders } from './contract.ts'
import type { Journal } from './journal.ts'
import { visibleTypes } from './visible-types.ts'

/** Answers the commands of the contract. */
export function handleCommands(ctx: Pick<PluginContext, 'handle' | 'kernel'>, journal: Journal): void {
  ctx.handle(listEvents, async ({ instance, after, types, limit }, call) => {
    const log = instance === HOST_LOG ? null : instance
    const visible = await visibleTypes(ctx.kernel, call, log, types)
    const { items, nextCursor, more } = await journal.page({
      instance: log,
      types: visible,
      limit,
      ...(after !== undefined && { after }),
    })
    return {
      items: items.map((it) => ({ ...it, sequence: it.sequence! })),
      nextCursor: more ? nextCursor : null,
      cursor: nextCursor,
    }
  })

  ctx.handle(listReaders, async (_, { principal }) => {
    const items = await journal.readers()
    return {
      items: items.filter((it) => principal && reaches(principal, it.log === HOST_LOG ? null : it.log)),
      nextCursor: null,
    }
  })
}

import { type DatabaseState, fail, type HostInfo, type Instances } from '@waqtor/contracts'
import { type Inspection, KERNEL_VERSION, type PluginContext } from '@waqtor/kernel'
import { systemHealth, systemPlugins, systemVersion } from './contract.ts'
import { healthOf } from './health.ts'
import type { LoopLag } from './loop-lag.ts'

export interface Parts {
  readonly host: HostInfo
  readonly instances: Instances | undefined
  readonly lag: LoopLag
  readonly plugins: () => Inspection['plugins']
  readonly storage: () => readonly DatabaseState[]
}

/** Answers the commands of the contract. */
export function handleCommands(ctx: Pick<PluginContext, 'handle'>, parts: Parts): void {
  const { host, instances, lag, plugins, storage } = parts

  ctx.handle(systemVersion, () => ({
    version: host.version,
    kernel: KERNEL_VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  }))
  ctx.handle(systemPlugins, ({ cursor = '0', limit }) => {
    if (!/^\d{1,6}$/.test(cursor)) throw fail('WAQ_CURSOR_INVALID', 'the cursor is not one of this list')
    const from = Number(cursor)
    const all = plugins()
    const items = all.slice(from, from + limit)
    const lists = items.map((it) => ({ ...it, needs: [...it.needs], provides: [...it.provides] }))
    return { items: lists, nextCursor: from + limit < all.length ? String(from + limit) : null }
  })
  ctx.handle(systemHealth, (_, { principal }) => {
    const uptimeMs = process.uptime() * 1_000
    const now = { lag: lag.read(), memory: process.memoryUsage(), uptimeMs, now: Date.now() }
    return healthOf({ host, plugins: plugins(), storage: storage(), instances, ...now }, principal!)
  })
}

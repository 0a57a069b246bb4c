import { ConsoleNotice } from '@waqtor/contracts'
import type { PluginContext } from '@waqtor/kernel'
import type { Setup } from './setup.ts'
import { SETUP_MINUTES } from './setup-token.ts'

/** Shows the token of the first-run set-up, where one is needed: on the console, or in the log of a host without one. */
export function offerSetup(setup: Setup, ctx: Pick<PluginContext, 'emit' | 'kernel' | 'log'>): void {
  const token = setup.open()
  if (token === undefined) return
  const text = `the token ${token} makes the first administrator, once, within ${SETUP_MINUTES} minutes`
  const listeners = ctx.kernel.inspect().listeners[ConsoleNotice.id] ?? 0
  if (listeners > 0) {
    ctx.emit(ConsoleNotice, { label: 'Set-up', text })
    ctx.log.info('nobody can sign in yet: the console shows a one-time token for the first administrator')
  } else ctx.log.warn(`nobody can sign in yet: ${text}`)
}

import type { Control } from '../options.ts'
import type { NetworkFrame } from './frames.ts'

/** What a page is told when something happens to it. What concerns an account does not happen to a page without one. */
export function incidentFrames(control: Control, isLinked: boolean): readonly NetworkFrame[] {
  const {
    disconnect,
    conflict,
    logout,
    restrict,
    state,
    reload,
    reloadEveryMs = 0,
    iframes,
    resync,
    freezeMs,
  } = control
  const ofAccount: NetworkFrame[] = []
  if (restrict !== undefined) ofAccount.push({ type: 'state', state: restrict ? 'TOS_BLOCK' : 'CONNECTED' })
  if (disconnect) ofAccount.push({ type: 'ended', state: 'UNLAUNCHED' })
  if (conflict) ofAccount.push({ type: 'ended', state: 'CONFLICT' })
  if (logout) ofAccount.push({ type: 'unlinked', how: logout === 'state' ? 'state' : 'navigate' })

  const ofPage: NetworkFrame[] = []
  if (state !== undefined) ofPage.push({ type: 'state', state })
  if (reload) ofPage.push({ type: 'command', command: 'reload', count: reload, everyMs: reloadEveryMs })
  if (iframes) ofPage.push({ type: 'command', command: 'iframes', count: iframes })
  if (resync) ofPage.push({ type: 'command', command: 'resync' })
  if (freezeMs) ofPage.push({ type: 'command', command: 'freeze', ms: freezeMs })
  return isLinked ? [...ofAccount, ...ofPage] : ofPage
}

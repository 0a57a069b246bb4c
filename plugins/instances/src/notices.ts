import { defineNotice } from '@waqtor/contracts'
import { SessionStatusChanged } from './contract.ts'

/** What a person does on purpose, and what goes on by itself, is no news. */
const expected: ReadonlySet<string> = new Set([
  'restarted on request',
  'nobody paired in time: a fresh code comes',
  'logged out',
])

/** People should know when an account is cut off. */
export const sessionNotice = defineNotice(SessionStatusChanged, ({ status, reason }, instance) => {
  const link = `/instances?id=${instance}`
  const fields = { instance, reason: reason ?? null }
  const why = reason === undefined ? '' : `: ${reason}`
  if (status === 'auth_failure')
    return {
      type: 'error',
      key: 'session.pair-again',
      fields,
      title: `Account '${instance}' must be paired again`,
      message: `WhatsApp refused the login${why}. Open the account and scan a new code.`,
      icon: 'pi pi-mobile',
      link,
    }
  if (status !== 'disconnected' || (reason !== undefined && expected.has(reason))) return undefined
  return {
    type: 'warning',
    key: 'session.lost',
    fields,
    title: `Account '${instance}' lost its connection`,
    message: `The session was cut off${why}. WaQtor connects again by itself where that is of use; look at the account if it stays away.`,
    icon: 'pi pi-mobile',
    link,
  }
})

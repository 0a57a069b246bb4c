import type { Authentication, HostInfo, HttpReply } from '@waqtor/contracts'

/**
 * `/health`: 200 as soon as requests are served and somebody has a key to send them with, whatever the sessions do.
 * `ready` tells whether every plugin is up. Anyone may ask, so there is nothing else in it.
 */
export async function healthOf(info: HostInfo, authentication: Authentication | undefined): Promise<HttpReply> {
  const open = authentication === undefined || (await authentication.hasKeys())
  return {
    status: open ? 200 : 503,
    headers: { 'content-type': 'application/json', ...(!open && { 'retry-after': '1' }) },
    body: JSON.stringify({ status: open ? 'ok' : 'no-key', ready: info.isReady() }),
  }
}

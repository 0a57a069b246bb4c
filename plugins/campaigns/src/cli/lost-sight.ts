import { isWaqtorError, WaqtorError } from '@waqtor/kernel'

/** The host went while somebody watched: what becomes of the campaign is what they ask themselves. Other errors stay as they are. */
export function lostSight(campaignId: string, isStarted: boolean, cause: unknown): unknown {
  if (!isWaqtorError(cause) || cause.code !== 'WAQ_HOST_UNREACHABLE') return cause
  const fate = isStarted
    ? `Nothing is lost: campaign '${campaignId}' goes on at the next start of the host; \`waqtor campaign status ${campaignId}\` shows how far it is`
    : `Campaign '${campaignId}' is kept; \`waqtor campaign status ${campaignId}\` tells whether it was started`
  return new WaqtorError(cause.code, `${cause.message}. ${fate}`, { status: 503, details: { campaignId }, cause })
}

/*
 * What the partial indexes of the outbox are of. A query is served by one of them where it says the very same.
 *
 * They name states one by one, since SQLite makes a table of each list of an `IN` and looks into it twice for every row that
 * moves: with lists, writing a message down cost a fifth more.
 */

const either = (...states: readonly string[]) => `(${states.map((it) => `state = '${it}'`).join(' OR ')})`

/** Ended otherwise than it should. There are never many. */
export const endedBadly = either('failed', 'skipped', 'held')

/**
 * Its send has begun, and nothing says that it arrived or cannot. There are few at any moment: what a campaign has under way, what
 * is open or held, and what the network refused, which pauses the campaign before it is much.
 */
export const begunOnly = "sending_at IS NOT NULL AND sent_at IS NULL AND reason IS NOT 'not-on-whatsapp'"

/** Its fate is open. */
export const inDoubtNow = either('unknown', 'reconciling', 'waiting')

/*
 * What the partial indexes of the outbox are of. A query is served by one of them where it says the very same.
 *
 * They name states one by one, since SQLite makes a table of each list of an `IN` and looks into it twice for every row that
 * moves: with lists, writing a message down cost a fifth more.
 */

const either = (...states: readonly string[]) => `(${states.map((it) => `state = '${it}'`).join(' OR ')})`

/** Ended otherwise than it should. There are never many. */
export const endedBadly = either('failed', 'skipped', 'held')

/** Its fate is open. */
export const inDoubtNow = either('unknown', 'reconciling', 'waiting')

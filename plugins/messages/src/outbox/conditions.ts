/*
 * What the partial indexes of the outbox are of. A query is served by one of them where it says the very same.
 *
 * They name states one by one, since SQLite makes a table of each list of an `IN` and looks into it twice for every row that
 * moves: with lists, writing a message down cost a fifth more.
 */

const either = (...states: readonly string[]) => `(${states.map((it) => `state = '${it}'`).join(' OR ')})`

/**
 * Whatever may go at any moment, or is going. One index has both, so that a row that begins stays on its page: the file is
 * written by pages, and with one message at a time they are what it costs.
 */
export const goes = "((state = 'queued' AND due_at IS NULL) OR state = 'sending')"

/** Ended otherwise than it should. There are never many. */
export const endedBadly = either('failed', 'skipped', 'held')

/** Its fate is open. */
export const inDoubtNow = either('unknown', 'reconciling', 'waiting')

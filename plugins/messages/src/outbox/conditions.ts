import { provenStates } from './state.ts'

/*
 * What the partial indexes of the outbox are of. A query is served by one of them where it says the very same.
 *
 * They name states one by one, since SQLite makes a table of each list of an `IN` and looks into it twice for every row that
 * moves: with lists, writing a message down cost a fifth more.
 */

const either = (...states: readonly string[]) => `(${states.map((it) => `state = '${it}'`).join(' OR ')})`

/** Ended otherwise than it should. There are never many. */
export const endedBadly = either('failed', 'skipped', 'held')

/** Handed over, or about to be, and nothing says how it ended: as many as may be under way, and what is in doubt. */
export const onItsWay = either('sending', 'unknown', 'reconciling', 'waiting')

/** The network is known to have it. */
export const arrived = either(...provenStates)

/**
 * Has an id though it is neither on its way nor arrived: was refused, is held, or goes once more. What nearly every row passes
 * through stands first, for each move of a row asks this.
 */
export const atRest = `state <> 'sending' AND state <> 'sent' AND message_id IS NOT NULL
  AND state <> 'delivered' AND state <> 'read' AND state <> 'unknown' AND state <> 'reconciling' AND state <> 'waiting'`

/** Its fate is open. */
export const inDoubtNow = either('unknown', 'reconciling', 'waiting')

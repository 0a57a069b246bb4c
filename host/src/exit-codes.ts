/**
 * How the `waqtor` command ends. Numbers from sysexits.h where one fits.
 * A second Ctrl-C or SIGTERM ends at once, with 130 or 143.
 */
export const exitCodes = {
  ok: 0,
  /** What was asked for did not work out. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The host did not come up, or could not go on. */
  crashed: 70,
  /** Another host runs on the data directory. */
  busy: 75,
  /** Config, environment or flags are wrong. */
  config: 78,
} as const

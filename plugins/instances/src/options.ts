import { z } from '@waqtor/kernel'

const Ms = z.int().positive()

/** Pauses between two tries to connect. */
export const pausesSchema = z
  .strictObject({
    minMs: Ms.default(1_000).describe('After the first failure; it doubles with each further one'),
    maxMs: Ms.default(300_000).describe('No pause is longer'),
  })
  .prefault({})

/** How long things may take, in milliseconds. */
export const limitsSchema = z
  .strictObject({
    connectMs: Ms.default(60_000).describe('From the start to a QR code or a login'),
    pairMs: Ms.default(600_000).describe('How long a QR code may stand before the connection is made anew'),
    readyMs: Ms.default(180_000).describe('From the login to ready'),
    stableMs: Ms.default(60_000).describe('Ready for so long: the next back-off begins small'),
    pingEveryMs: Ms.default(30_000).describe('Between two probes of a ready connection'),
    pingMs: Ms.default(10_000).describe('How long a probe may take'),
    pingMisses: z.int().nonnegative().default(2).describe('Probes in a row that may fail'),
    drainMs: Ms.default(30_000).describe('How long a removal waits for the readers of the last events'),
    stopMs: Ms.default(6_000).describe('How long a connection may take to let go'),
  })
  .prefault({})

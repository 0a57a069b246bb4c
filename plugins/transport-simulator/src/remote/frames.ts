import type { TransportFact } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import { Opening, type Operation, type Outcome } from '../network/operations.ts'

/** What an HTTP connection is upgraded to. The number changes with the frames. */
export const LINK_PROTOCOL = 'waqtor-simulator/1'
export const LINK_PATH = '/link'

const Session = z.int().nonnegative()

/** From WaQtor to the network. Sessions and calls carry numbers that WaQtor chooses. */
export const HostFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), session: Session, opening: Opening }),
  z.object({ type: z.literal('close'), session: Session }),
  /** The operation is checked where it is answered: a wrong one costs the call, not the connection. */
  z.object({ type: z.literal('call'), session: Session, call: z.int().nonnegative(), operation: z.unknown() }),
])
export type HostFrame =
  | { readonly type: 'open'; readonly session: number; readonly opening: Opening }
  | { readonly type: 'close'; readonly session: number }
  | { readonly type: 'call'; readonly session: number; readonly call: number; readonly operation: Operation }

/** From the network to WaQtor. */
export type NetworkFrame =
  | { readonly type: 'answer'; readonly session: number; readonly call: number; readonly outcome: Outcome }
  | { readonly type: 'fact'; readonly session: number; readonly fact: TransportFact }

import { demandShallowJson } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { Decoder, Encoder, PacketType } from 'socket.io-parser'

/**
 * Around a document are the list that a message is, and the request in it; with one level more, who goes just beyond what a
 * document may is told so, and not cut.
 */
const ENVELOPE = 3
/** Characters of a packet that opens a channel: a path, a token and an account are in it. */
const LONGEST_OPENING = 8_000

export interface GuardedParser {
  readonly Encoder: typeof Encoder
  readonly Decoder: new () => Decoder
}

/**
 * socket.io's parser, which looks at a text before it reads it: it does so for everybody, whoever they turn out to be.
 * @param refused told why a connection is about to be closed
 */
export function guardedParser(refused: (why: string) => void): GuardedParser {
  class GuardedDecoder extends Decoder {
    /** @throws Error for what is no good: socket.io closes the connection */
    override add(data: unknown): void {
      if (typeof data === 'string') {
        try {
          demandModest(data)
        } catch (error) {
          refused(messageOf(error))
          throw error
        }
      }
      super.add(data)
    }
  }
  return { Encoder, Decoder: GuardedDecoder }
}

/** @throws Error for a packet that opens a channel and is too long for that, and for what is nested too deep */
function demandModest(packet: string): void {
  // As socket.io reads it: to it, an empty text and a space are 0 as well.
  const type = Number(packet.charAt(0))
  if (type === PacketType.CONNECT && packet.length > LONGEST_OPENING)
    throw new Error(`a packet that opens a channel has more than ${LONGEST_OPENING} characters`)
  demandShallowJson(payloadOf(packet, type), ENVELOPE)
}

/**
 * What will be read as JSON, perhaps with a number before it. Nothing else may be looked at: a quotation mark in the name of a
 * channel would have everything behind it taken for a string.
 */
function payloadOf(packet: string, type: PacketType): string {
  const hasAttachments = type === PacketType.BINARY_EVENT || type === PacketType.BINARY_ACK
  const start = hasAttachments ? packet.indexOf('-') + 1 : 1
  if (packet.charAt(start) !== '/') return packet.slice(start)
  const comma = packet.indexOf(',', start)
  return comma === -1 ? '' : packet.slice(comma + 1)
}

import { setTimeout as pause } from 'node:timers/promises'
import { bodyHash, type OutgoingMessage, type SendReceipt, type Transport, TransportError } from '@waqtor/contracts'
import type { ArmedPoint } from './crash-point.ts'
import { replacing } from './replacing.ts'

/** Strikes around the calls of a transport. */
export function tapTransport(transport: Transport, point: ArmedPoint): Transport {
  const { drawMessageId } = transport
  return replacing(transport, {
    ...(drawMessageId && {
      drawMessageId(chatId: string) {
        point.pass('claimed')
        return drawMessageId.call(transport, chatId)
      },
    }),
    newestMessageId(chatId) {
      point.pass('claimed')
      return transport.newestMessageId(chatId)
    },
    async send(message) {
      if (point.isDue('before-call')) {
        point.strike()
        // Only a process that was stopped and woken comes here; by now its connection has gone to another one.
        throw new TransportError('not-connected', 'the connection was lost while the process stood still')
      }
      if (point.isDue('in-the-page')) return unanswered(transport, message, point, () => transport.ping())
      if (point.isDue('taken-unanswered'))
        return unanswered(transport, message, point, () => isTaken(transport, message))
      return transport.send(message)
    },
    async findSent(query) {
      point.pass('look-up')
      const answer = await transport.findSent(query)
      point.pass('looked-up')
      return answer
    },
  })
}

/** Hands a message over and strikes when `seen` has come true, whatever the transport has answered meanwhile. */
async function unanswered(
  transport: Transport,
  message: OutgoingMessage,
  point: ArmedPoint,
  seen: () => Promise<unknown>,
): Promise<SendReceipt> {
  const answer = transport.send(message)
  answer.catch(() => {})
  await seen()
  point.strike()
  return answer
}

/** Looks into the chat until it shows the message as taken by the network. */
async function isTaken(transport: Transport, { chatId, body, messageId }: OutgoingMessage): Promise<void> {
  const query = { chatId, bodyHash: bodyHash(body), notBefore: 0, ...(messageId !== undefined && { messageId }) }
  for (;;) {
    const found = await transport.findSent(query)
    if (found.outcome === 'found' && found.matches.some((it) => it.ack > 0)) return
    await pause(2)
  }
}

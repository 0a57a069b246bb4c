import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Door } from './door.ts'
import { isPlain } from './target.ts'

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/**
 * Brings what node hears to the door. A plain request goes straight there, and to Hono only when somebody asks for the web
 * standard request: to make one for everybody took a tenth of a command's time.
 */
export function createListener(door: Door): Listener {
  // One handler for everything: routes are looked up with each request, since Hono cannot take one away again.
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.all('*', async ({ req: { raw }, env: { incoming, outgoing } }) => {
    if (handOver) handOver(raw)
    else await door.pass(incoming, outgoing, raw.url, () => raw)
    return RESPONSE_ALREADY_SENT
  })
  const byWayOfHono = getRequestListener(app.fetch, {
    errorHandler: (error) => door.malformed(error),
    // Its quicker Request and Response would replace those of the whole process, for good.
    overrideGlobalObjects: false,
  })

  // Takes the request of one that is at the door already; the handler above runs before the listener returns.
  let handOver: ((request: Request) => void) | undefined
  const makeRequest = (incoming: IncomingMessage, outgoing: ServerResponse): Request => {
    let made: Request | undefined
    handOver = (request) => {
      made = request
    }
    void byWayOfHono(incoming, outgoing)
    handOver = undefined
    // Who asks when the client has gone would wait for ever to hear of it.
    if (outgoing.destroyed) outgoing.emit('close')
    return made!
  }
  return (incoming, outgoing) => {
    if (isPlain(incoming)) void door.pass(incoming, outgoing, incoming.url!, makeRequest)
    else void byWayOfHono(incoming, outgoing)
  }
}

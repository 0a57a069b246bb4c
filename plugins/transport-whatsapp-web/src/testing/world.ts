import type { Transport, TransportProvider } from '@waqtor/contracts'
import type { Deed, Faults, Letter, World } from '@waqtor/transport-suite'
import type { Delivery, Double } from '@waqtor/whatsapp-web-double'
import { linking, sharedFor, waiting } from './stage.ts'

/** Longer than everything that waits for a page that answers nobody. */
const freezeMs = 16_000
/** A page that takes longer to answer is frozen. */
const answerMs = 1_000

/** The double, as the suite of all transports speaks of a network. */
export function worldOf(double: Double): World {
  const shared = sharedFor(double)
  const transports = new Map<string, Transport>()
  const remembering = (provider: TransportProvider): TransportProvider => ({
    kind: provider.kind,
    create: (setup) => {
      const transport = provider.create(setup)
      transports.set(setup.instance, transport)
      return transport
    },
  })
  const control = async ({ hang, ...faults }: Faults) => {
    const { instance, restrict } = faults
    if (hang !== false) await double.control({ ...faults, ...(hang && { freezeMs }) })
    // What is said to a page takes effect a moment later; tests are to see it from their next line on.
    const transport = transports.get(instance)
    if (hang !== undefined) while ((await answers(transport!)) === hang);
    if (restrict !== undefined) while ((await answers(transport!)) === restrict);
  }
  return {
    provider: remembering(linking(double, shared)),
    unpaired: remembering(waiting(shared)),
    looksFirst: true,
    control,
    deliver: (letter) => double.deliver(toDelivery(letter)),
    phone: (deed) => doDeed(double, deed),
    scan: (link) => double.scan(link),
    accepted: async (instance) => double.accepted(instance),
    [Symbol.asyncDispose]: () => double.close(),
  }
}

/** Whether a probe is answered soon, and well. */
function answers(transport: Transport): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, answerMs, false))
  const ping = transport.ping().then(
    () => true,
    () => false,
  )
  return Promise.race([ping, late])
}

function toDelivery({ card, media, ...letter }: Letter): Delivery {
  if (media) return { ...letter, kind: media.kind, media }
  switch (card?.kind) {
    case 'location':
      return { ...letter, kind: card.kind, location: card }
    case 'contact':
      return { ...letter, kind: card.kind, contact: card }
    case 'poll':
      return { ...letter, kind: card.kind, poll: card }
    default:
      return letter
  }
}

async function doDeed(double: Double, deed: Deed): Promise<unknown> {
  const { instance } = deed
  if ('write' in deed) return double.deliver({ instance, from: deed.write.to, text: deed.write.text, fromMe: true })
  if ('react' in deed) {
    const { messageId, emoji, from = await double.number(instance) } = deed.react
    return double.change({ instance, messageId, react: emoji, from })
  }
  if ('edit' in deed) return double.change({ instance, messageId: deed.edit.messageId, edit: deed.edit.text })
  if ('delete' in deed) return double.change({ instance, messageId: deed.delete.messageId, delete: true })
  const { messageId, options, from } = deed.vote
  return double.change({ instance, messageId, vote: options, from })
}

import type { TransportProvider } from '@waqtor/contracts'
import { type Deed, type Letter, transportSuite, type World } from '@waqtor/transport-suite'
import type { NetworkAccess } from './access.ts'
import { PhoneFiles } from './files/phone-files.ts'
import { LocalAccess } from './local-access.ts'
import { wellBehaved } from './network/behaviour.ts'
import { systemClock } from './network/clock.ts'
import type { Kept } from './network/journal.ts'
import { RemoteAccess } from './remote/remote-access.ts'
import { startSimulator } from './testing/index.ts'
import { SimulatorTransport } from './transport.ts'

function providers(access: NetworkAccess): Pick<World, 'provider' | 'unpaired'> {
  const provider = (autoPair: boolean): TransportProvider => ({
    kind: 'simulator',
    create: (setup) =>
      new SimulatorTransport(
        { access, clock: systemClock, autoPair, preDrawnIds: true, absentAfterMs: 1_000, answerTimeoutMs: 1_500 },
        setup,
      ),
  })
  return { provider: provider(true), unpaired: provider(false) }
}

/** Files travel in base64. */
function deliveryOf({ media, ...letter }: Letter) {
  return { ...letter, ...(media && { media: { ...media, data: Buffer.from(media.data).toString('base64') } }) }
}

/** The schema of the command wants arrays of its own. */
function deedOf(deed: Deed) {
  return 'vote' in deed ? { ...deed, vote: { ...deed.vote, options: [...deed.vote.options] } } : deed
}

transportSuite('the simulator in this process', async () => {
  const log: Kept[] = []
  class WatchedFiles extends PhoneFiles {
    override accepted(entries: readonly Kept[]): void {
      super.accepted(entries)
      log.push(...entries)
    }
  }
  const options = { clock: systemClock, identity: 'suite', behaviour: wellBehaved('suite'), historyLimit: 1_000 }
  const access = new LocalAccess(options, new WatchedFiles(options.historyLimit))
  return {
    ...providers(access),
    control: (faults) => access.control(faults),
    deliver: (letter) => access.deliver(deliveryOf(letter)),
    phone: (deed) => access.phone(deedOf(deed)),
    scan: (link) => access.scan(link),
    accepted: async (instance) => log.filter((it) => it.instance === instance),
    async [Symbol.asyncDispose]() {
      access.close()
    },
  }
})

transportSuite('the simulator as a process of its own', async () => {
  const simulator = await startSimulator()
  const access = new RemoteAccess({ address: simulator.address, onReach: () => {} })
  return {
    ...providers(access),
    control: (faults) => simulator.control(faults),
    deliver: (letter) => simulator.deliver(deliveryOf(letter)),
    phone: (deed) => simulator.phone(deedOf(deed)),
    scan: (link) => simulator.scan(link),
    accepted: async (instance) => (await simulator.log()).filter((it) => it.instance === instance),
    async [Symbol.asyncDispose]() {
      access.close()
      await simulator[Symbol.asyncDispose]()
    },
  }
})

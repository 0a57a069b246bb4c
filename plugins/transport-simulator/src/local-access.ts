import type { NetworkAccess } from './access.ts'
import type { Control, Deed, Delivery, Scan } from './contract.ts'
import { PhoneFiles } from './files/phone-files.ts'
import type { Opening, Report, Session } from './network/operations.ts'
import { type NetworkOptions, VirtualNetwork } from './network/virtual-network.ts'

/** The network inside this process. Its phones keep their memory in the directories of their accounts. */
export class LocalAccess implements NetworkAccess {
  readonly #files: PhoneFiles
  readonly #network: VirtualNetwork

  constructor(options: Omit<NetworkOptions, 'journal'>, files: PhoneFiles = new PhoneFiles(options.historyLimit)) {
    this.#files = files
    this.#network = new VirtualNetwork({ ...options, journal: this.#files })
  }

  open(opening: Opening, directory: string, report: Report): Session {
    this.#files.place(opening.instance, directory)
    const release = () => this.#files.release(opening.instance)
    const session = this.#network.open(opening, (fact) => {
      if (fact.type === 'disconnected') release()
      report(fact)
    })
    return {
      request: (operation, answer) => session.request(operation, answer),
      close() {
        session.close()
        release()
      },
    }
  }

  async control(control: Control) {
    return this.#network.control(control)
  }

  async deliver(delivery: Delivery) {
    return this.#network.deliver(delivery)
  }

  async phone(deed: Deed) {
    return this.#network.phone(deed)
  }

  async scan(scan: Scan) {
    return this.#network.scan(scan)
  }

  async phones() {
    return { items: this.#network.phones() }
  }

  async chats(instance: string, limit: number) {
    return { items: this.#network.chats(instance, limit) }
  }

  async chat(instance: string, partner: string, limit: number) {
    return this.#network.chat(instance, partner, limit)
  }

  close(): void {
    this.#network.close()
  }
}

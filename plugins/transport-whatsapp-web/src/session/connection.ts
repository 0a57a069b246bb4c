import { TransportError, type TransportFact, type TransportSetup, type TransportUsage } from '@waqtor/contracts'
import { InboxFile } from '../files/inbox-file.ts'
import { LifeFile } from '../files/life-file.ts'
import { PairingFile } from '../files/pairing-file.ts'
import type { Profile } from '../files/profile.ts'
import { End } from '../library/end.ts'
import { type Client, type Library, loadLibrary } from '../library/library.ts'
import { limited } from '../library/limited.ts'
import { callFailure } from '../mapping/failures.ts'
import type { Me } from '../mapping/incoming.ts'
import { type Ending, endingOfState, problemInWords } from '../mapping/reasons.ts'
import { askNetwork, readHealth } from '../page/health.ts'
import { logoutPage, readMe } from '../page/me.ts'
import { usageOf } from '../processes/process-group.ts'
import { Browser } from './browser.ts'
import { assembleParts, type Parts } from './parts.ts'
import type { Shared } from './shared.ts'
import { plannedRestart } from './upkeep.ts'
import { Watch } from './watch.ts'

export interface ConnectionOptions {
  readonly shared: Shared
  readonly setup: TransportSetup
  readonly profile: Profile
  readonly executablePath: string
  readonly report: (fact: TransportFact) => void
  readonly ended: (ending: Ending) => void
}

const upkeepEveryMs = 60_000
const progressEveryMs = 30_000
/** A start that was given up earlier says nothing about the page. */
const nowhereMs = 30_000

/** One Chromium, from its launch to its end, and everything that works with its page. */
export class Connection {
  me: Me | undefined
  honoursIds = true
  readonly #options: ConnectionOptions
  readonly #pairing: PairingFile
  readonly #inbox: InboxFile
  readonly #life: LifeFile
  readonly #end = new End()
  readonly #openedAt = performance.now()
  #browser: Browser | undefined
  #parts: Parts | undefined
  #watch: Watch | undefined
  #upkeep: NodeJS.Timeout | undefined
  /** When that was last told. */
  #authenticatedAt: number | undefined
  #isReady = false
  /** A code was shown: somebody is waited for. */
  #isShown = false
  /** The last probe failed. */
  #isUnanswered = false
  #isOver = false
  #restriction: string | undefined
  #heardAt = performance.now()

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { directory } = options.setup
    this.#pairing = new PairingFile(directory)
    this.#inbox = new InboxFile(directory)
    this.#life = new LifeFile(directory)
  }

  /** Brings the page up. What goes wrong is told as an ending. */
  async open(): Promise<void> {
    const { shared, profile, executablePath } = this.#options
    try {
      const library = await loadLibrary()
      const browser = new Browser({
        options: shared.options,
        executablePath,
        profile,
        library,
        gone: (reason) => this.#lost({ reason }),
        loggedOut: () => this.#lost(endingOfState('LOGOUT')!),
      })
      await shared.launchGate.run(async () => {
        if (this.#isOver) return
        this.#browser = browser
        this.#parts = this.#assemble(browser.client, library)
        this.#listen(browser)
        this.#life.begin(Date.now())
        await browser.launch()
      })
      if (!this.#isOver) await browser.open()
    } catch (error) {
      this.#lost({ reason: problemInWords(error) })
    }
  }

  /** What works with the page. @throws TransportError not-connected before it is ready, and after its end */
  get parts(): Parts {
    if (!this.#parts || !this.#isReady || this.#isOver) {
      throw new TransportError('not-connected', 'the account is not connected to WhatsApp')
    }
    return this.#parts
  }

  /** What speaks against this connection, where it has not said so itself: it got nowhere, or a probe found nobody. */
  get trouble(): string | undefined {
    if (this.#isOver) return undefined
    if (this.#isReady) return this.#isUnanswered ? 'the page does not answer any more' : undefined
    const isWaiting = this.#isShown || performance.now() - this.#openedAt < nowhereMs
    return isWaiting ? undefined : 'the page got nowhere'
  }

  async requestPairingCode(phoneNumber: string): Promise<string> {
    const { lookMs } = this.#options.shared.options.limits
    const client = this.#browser?.client
    if (!client?.pupPage || this.#isOver || this.#isReady) {
      throw new TransportError('not-connected', 'the page is not there yet, or the account is paired already')
    }
    return limited(lookMs, 'asking for a pairing code', client.requestPairingCode(phoneNumber))
  }

  /** A round trip to the page and, where nothing was heard for long, to the network. */
  async ping(): Promise<void> {
    const { limits } = this.#options.shared.options
    const { page } = this.parts
    this.#isUnanswered = true
    try {
      const { state, isInjected } = await page.ask(limits.lookMs, 'a probe', readHealth)
      // Without a line the page tries by itself; how long it may, the watch decides.
      if (state === null || !isInjected) throw new TransportError('not-connected', 'the page is loading')
      this.#checkAllowed(state)
      if (state === 'CONNECTED' && performance.now() - this.#heardAt >= limits.quietMs) {
        await page.ask(limits.lookMs, 'a question to WhatsApp', askNetwork)
        this.#heardAt = performance.now()
      }
      this.#isUnanswered = false
    } catch (error) {
      throw callFailure(error)
    }
  }

  async usage(): Promise<TransportUsage | null> {
    const group = this.#browser?.group
    return group === undefined || this.#isOver ? null : usageOf(group)
  }

  /** The account is unlinked by the page itself, so that the phone shows it. */
  async logout(): Promise<void> {
    const { lookMs } = this.#options.shared.options.limits
    const page = this.#browser?.page
    if (!page || !this.#isReady || this.#isOver) return
    this.#over('the account is being logged out')
    await limited(lookMs, 'logging out', page.evaluate(logoutPage)).catch(() => {})
  }

  /** Lets go of everything. Sends under way are in doubt from now on. */
  async close(reason: string): Promise<void> {
    this.#over(reason)
    if (!(await this.#browser?.close())) return
    try {
      this.#life.end()
    } catch {
      // What is not marked as ended is in doubt, which is the safe side of a full disk.
    }
  }

  kill(): void {
    this.#over('the account was stopped')
    this.#browser?.kill()
  }

  /** Forgets the pairing: only once Chromium is gone. */
  async forget(): Promise<void> {
    this.#pairing.forget()
    this.#inbox.forget()
    this.#life.forget()
    await this.#options.profile.wipe()
  }

  #assemble(client: Client, library: Library): Parts {
    const { shared, setup, report } = this.#options
    return assembleParts({
      client,
      library,
      shared,
      setup,
      inbox: this.#inbox,
      me: () => this.me,
      isOpen: () => this.#isReady && !this.#isOver,
      doubtUntil: () => this.#life.doubtUntil,
      end: this.#end,
      report: (fact) => {
        if (!this.#isOver) report(fact)
      },
      checkAllowed: (state) => this.#checkAllowed(state),
      stuck: () => this.#lost({ reason: 'the page hangs: it holds on to a message that it was given' }),
      idNotHonoured: () => {
        this.honoursIds = false
        shared.log.warn('WhatsApp chose the id of a message by itself: crashes leave more in doubt now', {
          instance: setup.instance,
        })
      },
      heard: () => {
        this.#heardAt = performance.now()
      },
    })
  }

  #listen(browser: Browser): void {
    const { report, shared } = this.#options
    const { client } = browser
    client.on('qr', (qr) => {
      if (this.#isOver || this.#isReady) return
      this.#isShown = true
      // Whatever pairs from here on is another pairing than the one before.
      this.#pairing.forget()
      report({ type: 'qr', qr })
    })
    client.on('code', (code) => {
      if (!this.#isOver && !this.#isReady) report({ type: 'pairing-code', code })
    })
    client.on('authenticated', () => this.#authenticated())
    client.on('loading_screen', () => this.#progresses())
    client.on('ready', () => void this.#ready(browser))
    client.on('auth_failure', (reason) => {
      if (!this.#isOver) report({ type: 'auth-failure', reason })
    })
    client.on('change_state', (state) => this.#stateChanged(state))
    client.on('disconnected', (state) => this.#stateChanged(state))
    const { limits } = shared.options
    this.#watch = new Watch({
      limits,
      page: () => browser.page,
      isReady: () => this.#isReady,
      linked: () => this.#authenticated(),
      prepare: () => browser.prepare(),
      ended: (ending) => this.#endedBy(ending),
    })
  }

  #authenticated(): void {
    if (this.#isOver || this.#authenticatedAt !== undefined) return
    this.#authenticatedAt = performance.now()
    this.#isShown = false
    this.#options.report({ type: 'authenticated' })
  }

  /** Large accounts take long to synchronise: whoever counts the time is told that it goes on. */
  #progresses(): void {
    if (this.#isReady || this.#authenticatedAt === undefined) return
    if (performance.now() - this.#authenticatedAt < progressEveryMs) return
    this.#authenticatedAt = undefined
    this.#authenticated()
  }

  /** The library says it each time the page synchronises. */
  async #ready(browser: Browser): Promise<void> {
    if (this.#isOver) return
    if (this.me) {
      this.#parts?.receiver.again()
      return
    }
    const { report, shared } = this.#options
    const { info } = browser.client
    const page = browser.page
    if (!info || !page) return
    this.me = { pn: `${info.wid.user}@c.us`, lid: null }
    try {
      const addresses = await limited(shared.options.limits.lookMs, 'asking who we are', page.evaluate(readMe))
      if (this.#isOver) return
      this.me = { pn: addresses.pn ?? this.me.pn, lid: addresses.lid }
      const phoneNumber = this.me.pn.slice(0, this.me.pn.indexOf('@'))
      const pairing = this.#pairing.of(phoneNumber)
      this.#isReady = true
      this.#authenticated()
      report({
        type: 'ready',
        pairing,
        info: { platform: info.platform ?? '', phoneNumber, name: info.pushname ?? '' },
      })
      this.#parts!.receiver.begin(this.me)
      this.#upkeep = setInterval(() => void this.#lookAfter(), upkeepEveryMs)
    } catch (error) {
      this.#lost({ reason: problemInWords(error) })
    }
  }

  #stateChanged(state: string): void {
    this.#heardAt = performance.now()
    const ending = endingOfState(state)
    if (ending) this.#endedBy(ending)
  }

  #checkAllowed(state: string | null): void {
    if (state === 'CONNECTED') this.#restriction = undefined
    const ending = state === null ? undefined : endingOfState(state)
    if (!ending?.restricted) return
    this.#endedBy(ending)
    throw new TransportError('restricted', ending.reason)
  }

  #endedBy(ending: Ending): void {
    if (!ending.restricted) {
      this.#lost(ending)
      return
    }
    // The page stays: whoever is in charge decides, and sees when the restriction is lifted.
    if (this.#isOver || this.#restriction !== undefined) return
    this.#restriction = ending.reason
    this.#options.report({ type: 'restricted', reason: ending.reason })
  }

  /** Starts a page anew that has grown old or fat. */
  async #lookAfter(): Promise<void> {
    const { limits } = this.#options.shared.options
    const now = performance.now()
    const quietMs = now - Math.max(this.#heardAt, this.#parts?.sender.lastAt ?? 0)
    const usage = await this.usage()
    const ending = plannedRestart({ ageMs: now - this.#openedAt, quietMs, usage }, limits)
    if (ending) this.#lost(ending)
  }

  #lost(ending: Ending): void {
    if (this.#isOver) return
    this.#over(ending.reason)
    this.#options.ended(ending)
  }

  #over(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#watch?.stop()
    clearInterval(this.#upkeep)
    this.#inbox.flush()
    this.#end.come(new TransportError('unknown', reason))
  }
}

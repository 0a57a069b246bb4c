import { messageOf } from '@waqtor/kernel'
import { launchOptions } from '../chromium/launch-options.ts'
import type { Profile } from '../files/profile.ts'
import type { Client, Library, Page, Browser as PuppeteerBrowser } from '../library/library.ts'
import { limited } from '../library/limited.ts'
import { type ExposingPage, exposeThroughOne } from '../library/page-functions.ts'
import { type InterceptedPage, pinPage } from '../library/page-version.ts'
import { isReload, problemInWords } from '../mapping/reasons.ts'
import type { Options } from '../options.ts'
import { tellMissedSync } from '../page/health.ts'
import { hearPipes } from '../processes/pipes.ts'
import { groupsWithArgument } from '../processes/proc.ts'
import { killGroup } from '../processes/process-group.ts'
import { Navigation } from './navigation.ts'
import { asError, preparePage } from './prepare-page.ts'

export interface BrowserOptions {
  readonly options: Options
  readonly executablePath: string
  readonly profile: Profile
  readonly library: Library
  /** Hears once why the browser cannot be used any more. */
  readonly gone: (reason: string) => void
  /** The page went to the address that it goes to when the account was unlinked. */
  readonly loggedOut: () => void
}

const checkMs = 50
const graceMs = 2_000

/** One Chromium with one page and one Client of the library, from its launch until its last process is gone. */
export class Browser {
  readonly client: Client
  readonly #options: BrowserOptions
  readonly #kill = new AbortController()
  #initializing: Promise<void> | undefined
  #group: number | undefined
  #navigation: Navigation | undefined
  /** How many the page has had. */
  #documents = 0
  #closing: Promise<boolean> | undefined

  constructor(options: BrowserOptions) {
    this.#options = options
    const { executablePath, profile, library } = options
    const { chromium, limits } = options.options
    this.client = new library.Client({
      authStrategy: new library.LocalAuth({ dataPath: profile.dataPath }),
      puppeteer: launchOptions(
        executablePath,
        chromium,
        { launchMs: limits.launchMs, protocolMs: limits.mediaMs + 20_000 },
        { isRoot: process.getuid?.() === 0, signal: this.#kill.signal },
      ),
      authTimeoutMs: limits.connectMs,
      qrMaxRetries: limits.qrCodes,
      takeoverOnConflict: false,
      webVersionCache: { type: 'none' },
    })
    this.#tame()
  }

  get page(): Page | null {
    return this.client.pupPage
  }

  /** The process group of Chromium, while it runs. */
  get group(): number | undefined {
    return this.#group
  }

  /** Resolves when Chromium runs, or will not: then `open` tells why. */
  async launch(): Promise<void> {
    this.#initializing = this.client.initialize()
    this.#initializing.catch(() => {})
    await this.#launched(this.#options.options.limits.launchMs)
  }

  /** Resolves when the library listens to the page. @throws whatever kept it from that */
  async open(): Promise<void> {
    const { connectMs } = this.#options.options.limits
    // The library's own limit comes first, and tells more.
    await limited(connectMs + graceMs, 'bringing the page up', this.#prepared())
    const { page } = this
    if (!page || this.#closing) throw new Error('stopped while it was started')
    const { gone, loggedOut } = this.#options
    const navigated = () => {
      this.#documents++
    }
    const documents = () => this.#documents
    const more = { timeoutMs: connectMs, navigated, documents, loggedOut, gone }
    this.#navigation = new Navigation({ client: this.client, page, ...more })
  }

  /** Has the library look into the page anew: it may have missed that this was loaded again. */
  prepare(): void {
    this.#navigation?.prepare()
  }

  /**
   * Closes Chromium and, where it does not listen, ends exactly its processes. Never throws.
   * @returns whether it ended in order: what it knew is written down
   */
  close(): Promise<boolean> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends its processes at once. */
  kill(): void {
    this.#kill.abort()
    if (this.#group !== undefined) killGroup(this.#group)
  }

  /**
   * The library does two things that nobody waits for; both are done here, where they are waited for. And when it cannot
   * listen to messages, it says so to the page alone and is ready nevertheless at the next synchronisation, deaf. And a page
   * that has synced before it listens it takes for one that never does.
   */
  #tame(): void {
    const { gone, options } = this.#options
    const { pageVersion, limits } = options
    const inject = this.client.inject.bind(this.client)
    this.client.inject = async () => {
      await inject()
      const told = this.page?.evaluate(tellMissedSync)
      // Where that does not come through, the watch sees it later.
      if (told) await limited(limits.lookMs, 'waking the library', told).catch(() => {})
    }
    const attach = this.client.attachEventListeners.bind(this.client)
    this.client.attachEventListeners = async () => {
      const document = this.#documents
      try {
        await attach()
      } catch (error) {
        if (!isReload(error) && this.#documents === document) gone(problemInWords(error))
        throw error
      }
    }
    this.client.destroy = async () => {}
    // Called once there is a page, before it is sent anywhere.
    this.client.initWebVersionCache = async () => {
      const { pupBrowser, pupPage } = this.client
      if (pupBrowser && pupPage) this.#watch(pupBrowser, pupPage)
      await exposeThroughOne(pupPage as unknown as ExposingPage)
      if (pageVersion) await pinPage(this.page as unknown as InterceptedPage, pageVersion)
    }
  }

  /** A page that reloads itself while it is prepared, as after an update, is prepared again. */
  async #prepared(): Promise<void> {
    try {
      await this.#initializing
    } catch (error) {
      // The first document is the one that was asked for.
      if (!isReload(error) && this.#documents <= 1) throw asError(error)
      await preparePage(this.client, { documents: () => this.#documents, isOver: () => this.#closing !== undefined })
    }
  }

  /** Notices the end of Chromium, of the page and of its renderer: the library does not. */
  #watch(browser: PuppeteerBrowser, page: Page): void {
    const { gone } = this.#options
    this.#group = browser.process()?.pid
    hearPipes(browser.process())
    browser.once('disconnected', () => gone('Chromium has ended'))
    page.on('error', (error) => gone(`the page has crashed (${messageOf(error)})`))
    page.on('close', () => gone('the page was closed'))
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.#documents++
    })
    if (!browser.isConnected()) gone('Chromium has ended')
  }

  async #launched(ms: number): Promise<Client['pupBrowser']> {
    let isOver = false
    this.#initializing
      ?.catch(() => {})
      .finally(() => {
        isOver = true
      })
    for (const until = performance.now() + ms; performance.now() < until && !isOver; ) {
      if (this.client.pupBrowser) break
      await new Promise((resolve) => setTimeout(resolve, checkMs))
    }
    return this.client.pupBrowser
  }

  async #close(): Promise<boolean> {
    const { closeMs } = this.#options.options.limits
    const { profile } = this.#options
    const until = performance.now() + closeMs
    let isInOrder = false
    this.client.removeAllListeners()
    if (this.#initializing) {
      const browser = await this.#launched(closeMs)
      const left = Math.max(1_000, until - performance.now())
      // Closed in order, Chromium writes down what it knows; the pairing is part of it.
      if (browser?.isConnected()) {
        isInOrder = await limited(left, 'closing Chromium', browser.close()).then(
          () => true,
          () => false,
        )
      }
    }
    this.kill()
    this.#group = undefined
    // A launch that was given up may have brought up a Chromium that nobody holds.
    const ours = `--user-data-dir=${profile.directory}`
    for (const group of await groupsWithArgument((it) => it === ours)) killGroup(group)
    return isInOrder
  }
}

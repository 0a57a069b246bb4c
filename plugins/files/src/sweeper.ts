import { type Logger, messageOf } from '@waqtor/kernel'
import type { Folder } from './folder.ts'
import type { FileStore } from './store.ts'
import { sweep } from './sweep.ts'
import type { Uploads } from './uploads.ts'

const EVERY_MS = 3_600_000

export interface SweeperOptions {
  readonly store: FileStore
  readonly folder: Folder
  readonly uploads: Uploads
  readonly log: Logger
}

/** Sweeps at the start and then every hour. */
export class Sweeper {
  readonly #options: SweeperOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await this.#sweep()
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#sweep())
    }, EVERY_MS).unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  /** What cannot be removed today is tried again in an hour; nobody has to wait for it. */
  async #sweep(): Promise<void> {
    const { store, folder, uploads, log } = this.#options
    try {
      const { expired, strays, lost } = await sweep(store, folder, uploads, Date.now())
      if (expired + strays > 0) log.info('removed files', { expired, strays })
      if (lost > 0) log.warn('files are gone from the folder, so they were taken off the list', { lost })
    } catch (error) {
      log.error(`files could not be swept: ${messageOf(error)}`, { cause: error })
    }
  }
}

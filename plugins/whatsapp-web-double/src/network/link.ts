import type { WebSocket } from 'ws'
import type { Pairing } from './accounts.ts'
import type { NetworkFrame, PageFrame } from './frames.ts'

// A page that is frozen, or whose document is going, confirms nothing.
const BUSY_PAGE_MS = 1_000

/** The line to one page that is open. Frames are heard one after the other, and not while the network hangs. */
export class Link {
  pairing: Pairing | undefined
  /** What its QR begins with while it is not linked, the newest first; an old one counts until the next comes. */
  references: readonly string[] = []
  code: { readonly code: string; readonly phone: string } | undefined
  /** The page has told that it is synchronised. */
  synced = false
  readonly #socket: WebSocket
  readonly #hear: (link: Link, frame: PageFrame) => void
  #held: PageFrame[] = []
  #confirmations: (() => void)[] = []

  constructor(socket: WebSocket, hear: (link: Link, frame: PageFrame) => void, gone: (link: Link) => void) {
    this.#socket = socket
    this.#hear = hear
    socket.on('message', (data) => this.heard(JSON.parse(String(data)) as PageFrame))
    socket.on('close', () => {
      for (const confirm of this.#confirmations) confirm()
      gone(this)
    })
    socket.on('error', () => {})
  }

  /** True where the network answers nothing on this line. */
  hangs: () => boolean = () => false

  heard(frame: PageFrame): void {
    if (frame.type === 'confirmed') this.#confirmations.shift()?.()
    else if (this.hangs()) this.#held.push(frame)
    else this.#hear(this, frame)
  }

  /** The network answers again: what was said in the meantime is heard now. */
  resume(): void {
    const held = this.#held
    this.#held = []
    for (const frame of held) this.#hear(this, frame)
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  say(frame: NetworkFrame): void {
    if (this.open) this.#socket.send(JSON.stringify(frame))
  }

  /** Resolves when what was said so far has taken effect, or the page is gone; not later than a busy page is worth. */
  taken(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.open) return resolve()
      const late = setTimeout(resolve, BUSY_PAGE_MS)
      this.#confirmations.push(() => {
        clearTimeout(late)
        resolve()
      })
      this.say({ type: 'confirm' })
    })
  }

  cut(): void {
    this.#socket.terminate()
  }
}

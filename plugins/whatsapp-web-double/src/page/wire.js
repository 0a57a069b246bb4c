import { sleep } from './session.js'

const RETRY_MS = 200

/** The page's line to the network: frames both ways, questions with answers, and a new attempt whenever it is cut. */
export class Wire {
  #socket
  /** How many lines there have been. */
  line = 0
  #wanted = false
  #open = false
  #handlers = new Map()
  #questions = new Map()
  #counter = 0

  /** What the page says first on every new line. */
  hello = () => ({ type: 'hello' })

  get open() {
    return this.#open
  }

  on(type, handler) {
    this.#handlers.set(type, handler)
    return this
  }

  connect() {
    this.#wanted = true
    this.#attempt()
  }

  /** Lets go for good. */
  close() {
    this.#wanted = false
    this.#open = false
    this.#socket?.close()
  }

  /** Cuts the line; a new one follows by itself. */
  cut() {
    this.#socket?.close()
  }

  send(frame) {
    if (this.#open) this.#socket.send(JSON.stringify(frame))
    return this.#open
  }

  /** Waits for as long as there is no answer; a question outlives a broken line. */
  ask(what, args = {}) {
    const question = { type: 'ask', number: ++this.#counter, what, args }
    return new Promise((resolve) => {
      this.#questions.set(question.number, { question, resolve, line: this.send(question) ? this.#socket : undefined })
    })
  }

  /** Called once the network has let the page in: what was asked on an earlier line is asked again. */
  admitted() {
    for (const asked of this.#questions.values()) {
      if (asked.line !== this.#socket && this.send(asked.question)) asked.line = this.#socket
    }
  }

  #attempt() {
    const socket = new WebSocket(`wss://${location.host}/wire`)
    this.#socket = socket
    socket.onopen = () => {
      this.#open = true
      this.line++
      this.send(this.hello())
    }
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(data))
    socket.onclose = async () => {
      const wasOpen = this.#open
      this.#open = false
      if (wasOpen) this.#handlers.get('cut')?.()
      await sleep(RETRY_MS)
      if (this.#wanted && this.#socket === socket) this.#attempt()
    }
  }

  #heard(frame) {
    if (frame.type !== 'answer') return this.#handlers.get(frame.type)?.(frame)
    this.#questions.get(frame.number)?.resolve(frame.result)
    this.#questions.delete(frame.number)
  }
}

export const wire = new Wire()

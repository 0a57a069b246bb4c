/** People for the examples that are about them, and for those that take a browser instead of a key. */
import { expect } from 'vitest'
import type { Ask, Stock } from './stock.ts'

type Browser = Pick<Ask, 'key' | 'headers'>

/** As the examples of the commands about people say it. */
const PASSWORD = 'four words in a row'
/** Commands for people who are signed in, not for keys. */
const forBrowsers = /^(profile\..+|auth\.(sessions|endSession|endOtherSessions))$/
/** After these the person, or the session, is of no use to the next example. */
const usedUp = /^(profile\.changePassword|auth\.end.*|users\.delete)$/

/** Makes them as rarely as can be: a password takes its time to be hashed. */
export class People {
  readonly #stock: Stock
  #made = 0
  #person: Promise<string> | undefined
  #browser: Promise<Browser> | undefined

  constructor(stock: Stock) {
    this.#stock = stock
  }

  /** As whom the example of a command is executed; nothing: with the administrator's key. */
  async asking(command: string): Promise<Browser> {
    const browser = forBrowsers.test(command) ? await this.signedIn() : {}
    if (usedUp.test(command)) {
      this.#person = undefined
      this.#browser = undefined
    }
    return browser
  }

  /** Somebody, by id. */
  person(): Promise<string> {
    this.#person ??= this.#make().then(({ id }) => id)
    return this.#person
  }

  /** Somebody who has not signed in yet, by name. */
  async name(): Promise<string> {
    return (await this.#make()).name
  }

  /** The session of whoever is signed in, by id. */
  async session(): Promise<string> {
    return (await this.#stock.ask('/api/v2/profile/sessions', await this.signedIn())).body.items[0].id
  }

  /** Somebody at a browser. */
  signedIn(): Promise<Browser> {
    this.#browser ??= this.#signIn()
    return this.#browser
  }

  async #signIn(): Promise<Browser> {
    const headers = { Origin: this.#stock.address }
    const body = { name: await this.name(), password: PASSWORD }
    const answer = await this.#stock.ask('/api/v2/auth/login', { method: 'POST', key: null, headers, body })
    expect(answer.status, answer.text).toBe(200)
    const cookies = answer.headers.getSetCookie().map((it) => it.split(';')[0])
    return { key: null, headers: { ...headers, Cookie: cookies.join('; ') } }
  }

  async #make(): Promise<{ readonly id: string; readonly name: string }> {
    const body = { name: `person-${++this.#made}`, password: PASSWORD }
    const answer = await this.#stock.ask('/api/v2/users', { method: 'POST', body })
    expect(answer.status, answer.text).toBe(201)
    return answer.body
  }
}

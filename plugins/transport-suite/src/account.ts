import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bodyHash, type SentQuery, type Transport, type TransportProvider } from '@waqtor/contracts'
import { FactRecorder } from './fact-recorder.ts'

/** One run of an account's transport, with what it reported. */
export interface Run {
  readonly transport: Transport
  readonly facts: FactRecorder
}

/** An account with a directory of its own, whose transport may be started again and again. */
export class Account implements AsyncDisposable {
  readonly instance: string
  readonly directory: string
  readonly #runs: Run[] = []
  readonly #abort = new AbortController()

  private constructor(instance: string, directory: string) {
    this.instance = instance
    this.directory = directory
  }

  static async create(instance: string): Promise<Account> {
    return new Account(instance, await mkdtemp(join(tmpdir(), 'waqtor-transport-')))
  }

  /** Starts a fresh transport on the account's directory, as a restarted host does. An earlier one is not stopped. */
  async start(provider: TransportProvider): Promise<Run> {
    const run = this.prepare(provider)
    await run.transport.start()
    return run
  }

  async ready(provider: TransportProvider): Promise<Run> {
    const run = await this.start(provider)
    await run.facts.next('ready')
    return run
  }

  prepare(provider: TransportProvider): Run {
    const facts = new FactRecorder()
    const { instance, directory } = this
    const transport = provider.create({ instance, directory, report: facts.report, signal: this.#abort.signal })
    const run = { transport, facts }
    this.#runs.push(run)
    return run
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { transport } of this.#runs) await transport.stop()
    this.#abort.abort()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** Asks for a text whose send began a moment ago, as reconciliation does. */
export function queryFor(chatId: string, body: string, more: Partial<SentQuery> = {}): SentQuery {
  return { chatId, bodyHash: bodyHash(body), notBefore: Date.now() - 60_000, ...more }
}

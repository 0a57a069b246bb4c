import { Database, type DatabaseFile, Outbox } from '@waqtor/contracts'
import { type MailKernel, mailKernel } from '@waqtor/plugin-messages/testing'
import campaigns from '../index.ts'

/** Beyond which a message that nobody acknowledged is given up. */
export const ackTimeoutMs = 20 * 60_000

/** One life of the program: a kernel on a directory, with a gate that knows who wants no messages. */
export class Process {
  readonly test: MailKernel
  readonly directory: string
  /** Transactions that were begun, and how many of them are under way. */
  writes = 0
  writing = 0

  private constructor(test: MailKernel, directory: string) {
    this.test = test
    this.directory = directory
  }

  static async start(directory: string, optedOut: ReadonlySet<string>): Promise<Process> {
    const test = await mailKernel({ directory, plugins: [campaigns()], config: { ackTimeoutMs } })
    const process = new Process(test, directory)
    process.#count(await test.service(Database).open('default'))
    test.service(Outbox).gate({
      name: 'opt-outs',
      check: async (_, rows) =>
        new Map(rows.filter((it) => optedOut.has(it.chatId)).map((it) => [it.id, { skip: 'opted-out' }])),
      stops: (_, { chatId }) => (optedOut.has(chatId) ? 'opted-out' : undefined),
    })
    return process
  }

  async end(): Promise<void> {
    await this.test[Symbol.asyncDispose]()
  }

  /** Sees each transaction come and go: as long as one is under way, the system is not at rest. */
  #count(file: DatabaseFile): void {
    const write = file.write.bind(file)
    file.write = async (fn) => {
      this.writes++
      this.writing++
      try {
        return await write(fn)
      } finally {
        this.writing--
      }
    }
  }
}

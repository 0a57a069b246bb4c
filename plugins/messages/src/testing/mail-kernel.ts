import { Database, EventLog, HostInfo, Instances } from '@waqtor/contracts'
import type { PluginEntry } from '@waqtor/kernel'
import { fake, type TestKernel, testKernel } from '@waqtor/kernel/testing'
import events from '@waqtor/plugin-events'
import { createSqliteDatabase, type SqliteDatabase } from '@waqtor/sqlite-engine'
import messages from '../index.ts'
import { FakeAccount } from './fake-account.ts'

export interface MailKernel extends TestKernel {
  readonly account: FakeAccount
}

export interface MailKernelOptions {
  /** Where the files are: a second kernel on the same directory is the first one after a crash. */
  readonly directory: string
  readonly plugins?: readonly PluginEntry[]
  readonly config?: Parameters<typeof messages>[0]
}

/** The messages plugin with a real database and a real event log, and an account that the test holds in its hand. */
export async function mailKernel({ directory, plugins = [], config }: MailKernelOptions): Promise<MailKernel> {
  const account = new FakeAccount()
  const database: SqliteDatabase = createSqliteDatabase({ directory, durable: false })
  const test = await testKernel({
    plugins: [events(), messages(config), ...plugins],
    fakes: [fake(Database, database), fake(Instances, account), fake(HostInfo, { dataDirectory: directory })],
  })
  await test.service(EventLog).attach('default')
  await account.open()
  return {
    ...test,
    account,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]()
      await database.closeAll()
    },
  }
}

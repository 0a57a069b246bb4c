import type { Database } from '@waqtor/contracts'
import { bypassCases } from './bypass-cases.ts'
import { fileCases } from './file-cases.ts'
import { migrationCases } from './migration-cases.ts'
import { modelCases } from './model-cases.ts'
import { writeCases } from './write-cases.ts'

/** A provider that was started for one case. */
export interface StorageUnderTest extends AsyncDisposable {
  readonly database: Database
}

/** One behaviour that every provider of `Database` shows. Needs no test runner: it throws when it is not so. */
export interface ContractCase {
  readonly name: string
  run(start: () => Promise<StorageUnderTest>): Promise<void>
}

/**
 * What every provider of `Database` keeps to.
 * @example for (const { name, run } of databaseContract) it(name, () => run(start))
 */
export const databaseContract: readonly ContractCase[] = [
  ...writeCases,
  ...bypassCases,
  ...fileCases,
  ...migrationCases,
  ...modelCases,
]

import { type Database, type DatabaseFile, fail, type Instances } from '@waqtor/contracts'

/** The file of an account. */
export type InstanceFiles = (instance: string) => Promise<DatabaseFile>

/** Opens the files of accounts that exist: naming another must not create its file. */
export function instanceFiles(database: Database, instances: Instances): InstanceFiles {
  return async (instance) => {
    if (!instances.has(instance)) throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${instance}'`)
    return database.open(instance)
  }
}

import { join } from 'node:path'
import { InstanceId } from '@waqtor/contracts'
import { WaqtorError } from '@waqtor/kernel'

/** The name of the host's own file; every other name is an instance's id. */
export const HOST = 'host'

/**
 * Where a database lies below the data directory: `host.db`, `instances/<id>/waqtor.db`.
 * @throws WaqtorError WAQ_INPUT_INVALID for a name that is no instance id, and so could lead out of the directory
 */
export function locate(directory: string, name: string): string {
  if (name === HOST) return join(directory, 'host.db')
  if (!InstanceId.safeParse(name).success) {
    throw new WaqtorError(
      'WAQ_INPUT_INVALID',
      `there can be no database named '${name.slice(0, 80)}'; use 'host' or an instance id`,
    )
  }
  return join(directory, 'instances', name, 'waqtor.db')
}

import { defineService, type Principal } from '@waqtor/kernel'

/**
 * Who can come in, for what has to reach people who are not there at the moment.
 * @example const admins = (await people.people()).filter((it) => it.role === 'admin')
 */
export interface People {
  /**
   * Everybody who may come in now: users who are not switched off, keys that are neither revoked nor expired. Without
   * `credential`: nobody of them is there.
   */
  people(): Promise<readonly Principal[]>
}

export const People = defineService<People>('people')

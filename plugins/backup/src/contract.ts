import { Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

/** What a caller may call a backup. Never a path; lower case, so that it is told from a name that was drawn from the time. */
export const BackupName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1–63 of a–z, 0–9 and -, starting with a letter or digit')
  .describe('The time when absent. A backup that was given a name stays until somebody deletes it')

export const Backup = z.object({
  name: z.string(),
  path: z.string().describe('Its directory, on the machine of the host'),
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
})
export type Backup = z.output<typeof Backup>

export const ListedBackup = Backup.extend({
  createdAt: Timestamp.nullable(),
  version: z.string().nullable().describe('The version of WaQtor that made it'),
  verified: z.boolean().nullable().describe('Whether every byte is as it was written; null where nobody asked'),
  problem: z.string().nullable().describe('Why it cannot be restored'),
})
export type ListedBackup = z.output<typeof ListedBackup>

/** A big installation takes its time, and nobody waits for it but the caller. */
const limitMs = 6 * 3_600_000

export const makeBackup = defineCommand('system.backup', {
  summary: 'Copy every database and every settings document, as they are now, while everything goes on',
  permission: 'system:backup',
  scope: 'host',
  http: { method: 'POST', path: '/system/backup', status: 201 },
  hints: { example: {} },
  input: z.strictObject({ name: BackupName.optional() }),
  output: Backup,
  timeoutMs: limitMs,
})

export const listBackups = defineCommand('system.backups', {
  summary: 'The backups that are there, newest first',
  permission: 'system:backup',
  scope: 'host',
  http: { method: 'GET', path: '/system/backups' },
  hints: { readOnly: true, example: { verify: true } },
  input: z.strictObject({
    verify: z.boolean().default(false).describe('Read every byte and compare it with the checksums'),
  }),
  output: z.object({ items: z.array(ListedBackup) }),
  timeoutMs: limitMs,
})

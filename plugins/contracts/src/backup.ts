import { z } from '@waqtor/kernel'
import { Timestamp } from './primitives.ts'

/** The name of the document that describes a backup; it lies in the backup's directory. */
export const BACKUP_MANIFEST = 'manifest.json'

/**
 * A file of a backup: where it lies in the backup's directory, which is also where it belongs in a data directory. There
 * are no others, so a name can lead nowhere else.
 */
export const BackupFileName = z
  .string()
  .max(120)
  .regex(
    /^(host\.db|instances\/[a-z0-9][a-z0-9_-]{0,62}\/waqtor\.db|settings\/[a-z][a-z0-9]*(-[a-z0-9]+)*\.json)$/,
    'is no file of a backup',
  )

export const BackupFile = z.object({
  name: BackupFileName,
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** What SQLite found when it looked at every page of a database; `null` for documents. */
  integrity: z.literal('ok').nullable(),
})
export type BackupFile = z.output<typeof BackupFile>

/** What a backup says of itself: written last, so a directory without it is no backup. */
export const BackupManifest = z.object({
  format: z.literal('waqtor-backup-1'),
  /** The version of WaQtor that made it. */
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  /** When the copying began. */
  createdAt: Timestamp,
  files: z
    .array(BackupFile)
    .max(100_000)
    .refine((it) => it.some(({ name }) => name === 'host.db'), "holds no 'host.db'")
    .refine((it) => new Set(it.map(({ name }) => name)).size === it.length, 'names a file twice'),
})
export type BackupManifest = z.output<typeof BackupManifest>

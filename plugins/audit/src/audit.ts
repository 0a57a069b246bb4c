import type { DatabaseFile } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import { AuditLog } from './audit-log.ts'
import { Budget } from './budget.ts'
import { Later } from './later.ts'
import { Reading } from './reading.ts'
import { Recorder, type RecorderOptions } from './recorder.ts'
import type { Sensitive } from './sensitive.ts'
import { Suppressed } from './suppressed.ts'

export interface AuditOptions {
  readonly file: DatabaseFile
  readonly sensitive: Sensitive
  readonly logger: Logger
  readonly listen: RecorderOptions['listen']
}

export type Audit = Awaited<ReturnType<typeof openAudit>>

/** A row takes some 400 bytes, so a flood that never ends writes no more than 7 MB a day of each kind. */
const EACH = { burst: 60, perMinute: 6 }
const ALL = { burst: 300, perMinute: 12 }
/** The hook gives a tap five seconds, after which nobody would know why. */
const PATIENCE_MS = 4_000

/** The log, who writes it and who reads it. */
export async function openAudit({ file, sensitive, logger, listen }: AuditOptions) {
  const log = new AuditLog(file)
  const { seq, hash } = await log.head()
  // In the log of the process the head is out of reach of whoever edits the database.
  logger.info('the audit log goes on after its last row', { seq, hash })

  const later = new Later(log, logger)
  const suppressed = new Suppressed(later)
  const now = () => Date.now()
  const recorder = new Recorder({
    log,
    later,
    suppressed,
    strangers: new Budget(EACH, ALL),
    people: new Budget(EACH, ALL),
    sensitive,
    logger,
    now,
    listen,
    patienceMs: PATIENCE_MS,
  })
  return {
    recorder,
    reading: new Reading(log, later, recorder.running),
    async close(): Promise<void> {
      recorder.close()
      suppressed.flush()
      await later.close()
    },
  }
}

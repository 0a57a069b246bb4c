import type { CompatibleRoute, Database, HostInfo } from '@waqtor/contracts'
import type { KernelView } from '@waqtor/kernel'
import { BulkKeys } from './bulk/bulk-keys.ts'
import { bulkRoute } from './routes/bulk.ts'
import { campaignRoutes } from './routes/campaigns.ts'
import { messageRoutes } from './routes/messages.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { sessionRoutes } from './routes/session.ts'
import { sessionsRoutes } from './routes/sessions.ts'
import { uploadRoutes } from './routes/uploads.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { SentAnswers } from './sent.ts'
import { Uploads } from './uploads.ts'

export interface RoutesOptions {
  readonly kernel: KernelView
  readonly database: Database
  readonly host: HostInfo
  readonly instantUpTo: number
  readonly uploadBytes: number
}

/** Every route of this plugin's own. Each is there while the commands are that it runs. */
export function ownRoutes({ kernel, database, host, ...limits }: RoutesOptions): readonly CompatibleRoute[] {
  const answers = new SentAnswers(kernel)
  return [
    ...messageRoutes(answers),
    bulkRoute({ kernel, keys: new BulkKeys(database), ...limits }),
    ...uploadRoutes({ answers, uploads: new Uploads(kernel), ...limits }),
    ...campaignRoutes(),
    ...sessionRoutes(host),
    ...sessionsRoutes(),
    ...notificationRoutes(),
    ...webhookRoutes(),
  ]
}

/**
 * Names of the plugins that come with WaQtor. Safe mode starts with these alone: one that is missing here is left out then,
 * and with it what it keeps the others from, as contacts keep campaigns from people who want to hear no more.
 * A name is a label and no proof: it tells a fault from a fault, and keeps nobody out who wants in.
 */
export const officialPlugins: ReadonlySet<string> = new Set([
  'host',
  'host-link',
  'access',
  'audit',
  'auth',
  'backup',
  'campaigns',
  'contacts',
  'events',
  'files',
  'http',
  'instances',
  'mcp',
  'messages',
  'notifications',
  'realtime',
  'rest',
  'rest-v1',
  'settings',
  'sign-in',
  'storage-memory',
  'storage-sqlite',
  'system',
  'templates',
  'transport-simulator',
  'transport-whatsapp-web',
  'webhooks',
])

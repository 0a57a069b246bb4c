/**
 * Names of the plugins that come with WaQtor. Safe mode starts with these alone.
 * A name is a label and no proof: it tells a fault from a fault, and keeps nobody out who wants in.
 */
export const officialPlugins: ReadonlySet<string> = new Set([
  'host',
  'host-link',
  'storage-sqlite',
  'storage-memory',
  'settings',
  'events',
  'backup',
  'instances',
  'transport-simulator',
  'transport-whatsapp-web',
  'messages',
  'templates',
  'campaigns',
  'files',
  'auth',
  'http',
  'rest',
  'rest-v1',
])

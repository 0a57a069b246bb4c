import { PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

export const systemVersion = defineCommand('system.version', {
  summary: 'Which version of WaQtor this is, and what it runs on',
  // Everybody who signs in may know it; what else there is about the system is for administrators.
  permission: 'status:read',
  scope: 'host',
  http: { method: 'GET', path: '/system/version' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    version: z.string(),
    kernel: z.string().describe('Version of the interface that plugins are made for'),
    node: z.string(),
    platform: z.string().describe('Operating system and processor: `linux x64`'),
  }),
})

export const PluginInfo = z.object({
  name: z.string(),
  state: z.enum(['pending', 'active', 'closed']),
  setupMs: z.number().nonnegative(),
  needs: z.array(z.string()).describe('Plugins that it stands on'),
  provides: z.array(z.string()).describe('Services that others may use'),
  effects: z.int().nonnegative().describe('Commands, listeners and the like that it has registered'),
})

export const systemPlugins = defineCommand('system.plugins', {
  summary: 'The plugins that run, in the order of their start',
  permission: 'system:read',
  scope: 'host',
  http: { method: 'GET', path: '/system/plugins' },
  hints: { readOnly: true, example: { limit: 100 } },
  input: z.strictObject(PageQuery),
  output: page(PluginInfo),
})

const Count = z.int().nonnegative()
const Bytes = Count
const Milliseconds = z.number().nonnegative()

export const systemHealth = defineCommand('system.health', {
  summary: 'How the host is: plugins, storage, sessions, event loop and memory',
  permission: 'system:read',
  scope: 'host',
  http: { method: 'GET', path: '/system/health' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    status: z
      .enum(['ok', 'degraded'])
      .describe('`degraded` when a plugin is down, a file cannot be used, or in safe mode'),
    ready: z.boolean().describe('What `GET /ready` says'),
    uptimeMs: Milliseconds,
    plugins: z.object({ active: Count, down: z.array(z.string()) }),
    storage: z.array(z.object({ name: z.string(), state: z.string(), since: Timestamp })),
    sessions: z.record(z.string(), Count).describe('How many accounts are in which status'),
    eventLoop: z
      .object({ p50Ms: Milliseconds, p99Ms: Milliseconds, maxMs: Milliseconds })
      .describe('By how much the event loop was late, since this was asked last'),
    memory: z.object({ rssBytes: Bytes, heapUsedBytes: Bytes, heapTotalBytes: Bytes, externalBytes: Bytes }),
    safeMode: z
      .object({ why: z.string(), leftOut: z.array(z.string()) })
      .nullable()
      .describe('Why the host runs without some plugins of its config, and without which'),
    timestamp: Timestamp,
  }),
})

import { PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

const read = { permission: 'audit:read', scope: 'host' } as const
const Sequence = z.int().positive()
const Hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
  .meta({ examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] })

/** One action, with what came of it. */
export const AuditEntry = z.object({
  seq: Sequence.describe('Place in the log; grows by one per row'),
  time: Timestamp,
  finishedAt: Timestamp.nullable(),
  callId: z.string().nullable().describe('As in the logs and the `X-Request-Id` of the answer'),
  action: z.string().describe('The command; `audit.suppressed` sums up refusals that were only counted'),
  outcome: z
    .enum(['done', 'failed', 'refused', 'running', 'unknown'])
    .describe('`refused`: it never began; `unknown`: the host stopped before it was over'),
  code: z.string().nullable().describe('Why it failed or was refused, as a WAQ_… code'),
  principal: z.string().nullable().describe('A user, a key, or `system`; `null` for somebody unknown'),
  role: z.string().nullable(),
  credential: z.string().nullable().describe('The browser session or key'),
  via: z.string().nullable().describe('The door: rest, ws, cli, mcp, internal'),
  address: z.string().nullable().describe('The IP address of the caller'),
  instance: z.string().nullable(),
  target: z.record(z.string(), z.unknown()).describe('What it was about: ids, names and the like, never a secret'),
  hash: Hash,
})
export type AuditEntry = z.output<typeof AuditEntry>

/** A row that is known to have been there. */
export const AuditHead = z.object({
  seq: z.int().nonnegative().describe('The last row; 0 while there is none'),
  hash: Hash.describe('Of the last row, and so of all before it'),
  time: Timestamp.nullable(),
})
export type AuditHead = z.output<typeof AuditHead>

const filters = {
  principal: z.string().max(100).optional(),
  action: z.string().max(100).optional().describe('A command, `keys.create`, or all of an area, `keys.*`'),
  since: z.coerce.number().int().nonnegative().optional().describe('Milliseconds since 1970, inclusive'),
  until: z.coerce.number().int().nonnegative().optional().describe('Milliseconds since 1970, exclusive'),
}

export const listAudit = defineCommand('audit.list', {
  summary: 'Who did what, newest first',
  ...read,
  http: { method: 'GET', path: '/audit' },
  hints: { readOnly: true, example: { action: 'keys.*', limit: 50 } },
  input: z.strictObject({ ...PageQuery, ...filters }),
  output: page(AuditEntry),
})

export const auditHead = defineCommand('audit.head', {
  summary:
    'The last row of the audit log: note it elsewhere, and `audit.verify` proves later that nothing before it was changed',
  ...read,
  http: { method: 'GET', path: '/audit/head' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: AuditHead,
})

export const verifyAudit = defineCommand('audit.verify', {
  summary: 'Look whether any row of the audit log was changed, removed, added or moved',
  ...read,
  http: { method: 'GET', path: '/audit/verify' },
  hints: { readOnly: true, example: {} },
  input: z
    .strictObject({
      seq: z.coerce
        .number()
        .int()
        .positive()
        .optional()
        .describe('A row that was noted earlier: the walk begins there'),
      hash: Hash.optional().describe('Its hash, as it was noted'),
    })
    .refine((it) => (it.seq === undefined) === (it.hash === undefined), 'name both, `seq` and `hash`, or neither'),
  output: z.object({
    ok: z.boolean(),
    rows: z.int().nonnegative().describe('How many rows were found to be as they were written'),
    head: AuditHead.nullable().describe('The last row; `null` when something is wrong'),
    broken: z
      .object({ seq: z.int().positive().describe('The first row that is wrong'), reason: z.string() })
      .nullable(),
  }),
  // A million rows take about ten seconds.
  timeoutMs: 600_000,
})

export const exportAudit = defineCommand('audit.export', {
  summary: 'Write the rows of the audit log into a file, one JSON document a line, with their hashes',
  ...read,
  http: { method: 'POST', path: '/audit/export', status: 201 },
  hints: { example: { since: 1_767_225_600_000 } },
  input: z.strictObject({
    since: z.int().nonnegative().optional().describe('Milliseconds since 1970, inclusive'),
    until: z.int().nonnegative().optional().describe('Milliseconds since 1970, exclusive'),
  }),
  output: z.object({ fileId: z.string().describe('To be fetched as any file'), rows: z.int().nonnegative() }),
  timeoutMs: 600_000,
})

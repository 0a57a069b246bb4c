import { z } from '@waqtor/kernel'

export const CampaignStatusSchema = z.enum([
  'draft',
  'scheduled',
  'running',
  'paused',
  'completed',
  'cancelled',
  'failed',
])

export const RecipientState = z.enum([
  'queued',
  'claimed',
  'sending',
  'unknown',
  'reconciling',
  'waiting',
  'sent',
  'delivered',
  'read',
  'failed',
  'skipped',
  'cancelled',
  'held',
])

/** What people ask first. `sent` includes what was delivered, and `delivered` what was read. */
export const counters = {
  total: z.int(),
  queued: z.int().describe('Not yet known to be sent'),
  sent: z.int().describe('Accepted by the network, delivered and read ones included'),
  delivered: z.int(),
  read: z.int(),
  replied: z.int().describe('Wrote to us after the message'),
  failed: z.int(),
  skipped: z.int().describe('Left out on purpose, cancelled ones included'),
  held: z.int().describe('Fate not known: a person decides'),
}

/** What each server does with a request, so that all of them do the same. */
import { hash, randomUUID, timingSafeEqual } from 'node:crypto'
import { InstanceField } from '@waqtor/contracts'
import { withDeadline, z } from '@waqtor/kernel'

export const path = '/api/v2/bench/send'
export const body = {
  instance: 'default',
  chatId: '201001234567@c.us',
  text: 'Hello, this is a message of the usual length.',
}
/** Good for this run only. */
export const key = `bench-${'0123456789abcdef'.repeat(3)}`

export const input = z.strictObject({
  instance: InstanceField,
  chatId: z.string().min(1),
  text: z.string().min(1).max(65_536),
})
export const output = z.object({ messageId: z.string(), timestamp: z.number() })

/** A handler that has nothing to do. */
export async function handle({ chatId }: z.output<typeof input>): Promise<z.input<typeof output>> {
  return { messageId: chatId, timestamp: 1 }
}

/** The same, under a limit of time, and only where the key reaches. */
export async function handleSafely(given: z.output<typeof input>): Promise<z.output<typeof output>> {
  if (!principal.instances.has(given.instance)) throw new Error('the key does not reach this instance')
  return output.parse(await withDeadline(handle(given), 60_000, () => new Error('it took too long')))
}

const principal = { id: 'key_1', permissions: new Set(['bench:write']), instances: new Set(['default']) }
const digest = digestOf(key)
const hosts = new Set(['127.0.0.1', 'localhost'])
const allowance = { perSecond: 1_000_000, burst: 1_000_000 }
const buckets = new Map<string, { left: number; at: number }>()

function digestOf(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'binary'), 'latin1')
}

/** Whether it was meant for us, who it is, whether he may, and whether not too often: false when the request is refused. */
export function admits(host: string | undefined, given: string | undefined): boolean {
  if (!hosts.has(host?.split(':')[0] ?? '')) return false
  if (given === undefined || !timingSafeEqual(digestOf(given), digest)) return false
  if (!principal.permissions.has('bench:write')) return false
  const now = performance.now()
  const bucket = buckets.get(principal.id) ?? { left: allowance.burst, at: now }
  buckets.set(principal.id, bucket)
  bucket.left = Math.min(allowance.burst, bucket.left + ((now - bucket.at) / 1_000) * allowance.perSecond) - 1
  bucket.at = now
  return bucket.left >= 0
}

/** Whether a document is nested no deeper than it should be, and reaches for no prototype. */
export function isHarmless(value: unknown, depth = 1): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth > 32) return false
  return Object.entries(value).every(([name, it]) => name !== '__proto__' && isHarmless(it, depth + 1))
}

/** What an answer carries besides its body. */
export function answerHeaders(requestId: string | undefined): Record<string, string> {
  return {
    'x-request-id': requestId ?? randomUUID(),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}

import { z } from '@waqtor/kernel'

/** Names an account; also a directory name, so the alphabet is small. `default` when a caller names none. */
export const InstanceId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1–63 of a–z, 0–9, - and _, starting with a letter or digit')
  .refine((it) => it !== 'host', "'host' is the name of the host itself")
  .meta({ description: 'The WhatsApp account', examples: ['default'] })
/** As an input field: absent means `default`. */
export const InstanceField = InstanceId.default('default')

/** `<digits>@c.us`, `<id>@g.us` or `<id>@lid`: a chat as the transport knows it. */
export const ChatId = z
  .string()
  .regex(/^[0-9-]{3,40}@(c\.us|g\.us|lid)$/)
  .meta({ examples: ['201001234567@c.us'] })
/** What callers may write: a chat id, or a phone number in any usual writing. Normalised by the messages plugin. */
export const ChatAddress = z
  .string()
  .trim()
  .min(3)
  .max(64)
  .describe('A chat id, or a phone number in any usual writing')

/** Milliseconds since 1970 (UTC). */
export const Timestamp = z
  .int()
  .nonnegative()
  .meta({ examples: [1_767_605_400_000] })

/** The opaque place in a list from which the next page goes on; `null` at the end. */
export const Cursor = z.string().max(512)
export const PageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: Cursor.optional(),
}

/** The shape of every list: `{ items, nextCursor }`. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: Cursor.nullable().meta({ examples: [null] }) })
}

import type { OutgoingCard } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'

const Text = z.string().min(1).max(1_024)

export const MediaKind = z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker'])

export const Card: z.ZodType<OutgoingCard> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: Text.exactOptional(),
    address: Text.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('contact'), name: Text, phoneNumber: z.string().regex(/^\d{3,20}$/) }),
  z.strictObject({
    kind: z.literal('poll'),
    question: Text,
    options: z.array(Text).min(2).max(12),
    multiple: z.boolean(),
  }),
])

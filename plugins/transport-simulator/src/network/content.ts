import { bodyHash, type MessageKind, type OutgoingCard } from '@waqtor/contracts'
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

/** A file as the network knows it; the bytes stand in the file store, as long as there is room. */
export interface FileNote {
  readonly sha256: string
  readonly mimeType: string
  readonly bytes: number
  readonly filename?: string | undefined
}

/** What a message carries, without who wrote it to whom. */
export interface Content {
  readonly kind: MessageKind
  /** The text, the caption, or what stands for the card. */
  readonly body: string
  readonly file: FileNote | null
  readonly card: OutgoingCard | null
  readonly forwarded: boolean
}

export function textOf(body: string): Content {
  return { kind: 'text', body, file: null, card: null, forwarded: false }
}

/** As `bodyHash()` of whoever looks for it: a forward is known by its text alone. */
export function contentHash({ body, file, forwarded }: Omit<Content, 'kind' | 'card'>): string {
  return bodyHash(body, file === null || forwarded ? undefined : { sha256: file.sha256 })
}

import type { SendTextRequest } from '@waqtor/contracts'
import {
  mediaHash,
  type OutboxRow,
  type OutgoingCard,
  type OutgoingMedia,
  type RenderedMessage,
  type Statements,
  type Tx,
} from '@waqtor/contracts'

type SendOptions = NonNullable<SendTextRequest['options']>

/** What a direct send keeps in its row; the bytes of a file stand in a table of their own. */
export interface DirectPayload {
  readonly body: string
  readonly media?: { readonly hash: string; readonly kind: OutgoingMedia['kind']; readonly filename?: string }
  readonly card?: OutgoingCard
  readonly forward?: NonNullable<RenderedMessage['forward']>
  readonly options?: SendOptions
}

/** Stores a file once, under its hash. */
export async function storeMedia(tx: Tx, media: OutgoingMedia): Promise<NonNullable<DirectPayload['media']>> {
  const hash = mediaHash(media.data)
  await tx.run('INSERT OR IGNORE INTO outbox_media (hash, mime_type, data) VALUES (?, ?, ?)', [
    hash,
    media.mimeType,
    media.data,
  ])
  return { hash, kind: media.kind, ...(media.filename !== undefined && { filename: media.filename }) }
}

/** The message that a row of the direct queue stands for. */
export async function renderDirect(file: Statements, row: OutboxRow): Promise<RenderedMessage> {
  const { media, options, ...content } = JSON.parse(row.payload) as DirectPayload
  if (!media) return { ...content, ...options }
  const stored = await file.get<{ mime_type: string; data: Uint8Array }>(
    'SELECT mime_type, data FROM outbox_media WHERE hash = ?',
    [media.hash],
  )
  if (!stored) throw new Error(`the file of row ${row.id} is gone`)
  return {
    ...content,
    ...options,
    media: {
      kind: media.kind,
      mimeType: stored.mime_type,
      data: stored.data,
      ...(media.filename !== undefined && { filename: media.filename }),
    },
  }
}

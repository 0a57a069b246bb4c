import { bodyHash, type MessageKind, type OutgoingCard } from '@waqtor/contracts'

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

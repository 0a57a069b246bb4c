import type { Statements, Tx } from '@waqtor/contracts'

/** A downloaded file of a message. */
export interface MessageFile {
  readonly fileId: string
  readonly mimeType: string
}

/** The owner of what was downloaded before anybody asked for it. */
export const SYSTEM = ''

export async function fileOf(file: Statements, messageId: string, owner: string): Promise<MessageFile | undefined> {
  const row = await file.get<{ file_id: string; mime_type: string }>(
    'SELECT file_id, mime_type FROM message_files WHERE message_id = ? AND owner = ?',
    [messageId, owner],
  )
  return row && { fileId: row.file_id, mimeType: row.mime_type }
}

export async function rememberFile(
  tx: Tx,
  messageId: string,
  owner: string,
  { fileId, mimeType }: MessageFile,
): Promise<void> {
  await tx.run(
    `INSERT INTO message_files (message_id, owner, file_id, mime_type) VALUES (?, ?, ?, ?)
     ON CONFLICT (message_id, owner) DO UPDATE SET file_id = excluded.file_id, mime_type = excluded.mime_type`,
    [messageId, owner, fileId, mimeType],
  )
}

import type { Statements, StoredTemplate, Tx } from '@waqtor/contracts'

export interface TemplateRecord extends StoredTemplate {
  readonly createdAt: number
  readonly updatedAt: number
}

interface TemplateRow {
  readonly id: string
  readonly name: string
  readonly language: string | null
  readonly media_kind: NonNullable<StoredTemplate['media']>['kind'] | null
  readonly file_id: string | null
  readonly filename: string | null
  readonly created_at: number
  readonly updated_at: number
  readonly text: string
  /** JSON */
  readonly variants: string
}

const columns = 'id, name, language, media_kind, file_id, filename, created_at, updated_at, text, variants'

export async function selectTemplate(file: Statements, id: string): Promise<TemplateRecord | undefined> {
  return record(await file.get<TemplateRow>(`SELECT ${columns} FROM templates WHERE id = ?`, [id]))
}

export async function selectByName(file: Statements, name: string): Promise<TemplateRecord | undefined> {
  return record(await file.get<TemplateRow>(`SELECT ${columns} FROM templates WHERE name_key = ?`, [keyOf(name)]))
}

/** Newest first; ids sort by the time they were made. */
export async function selectTemplates(file: Statements, before: string, limit: number): Promise<TemplateRecord[]> {
  const rows = await file.all<TemplateRow>(`SELECT ${columns} FROM templates WHERE id < ? ORDER BY id DESC LIMIT ?`, [
    before,
    limit,
  ])
  return rows.map((it) => record(it)!)
}

export async function refersToFile(file: Statements, fileId: string): Promise<boolean> {
  return (await file.get('SELECT 1 FROM templates WHERE file_id = ? LIMIT 1', [fileId])) !== undefined
}

/** Stores a template, new or changed. */
export async function putTemplate(tx: Tx, it: TemplateRecord): Promise<void> {
  await tx.run(
    `INSERT INTO templates (name_key, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name_key = excluded.name_key, name = excluded.name, language = excluded.language,
       media_kind = excluded.media_kind, file_id = excluded.file_id, filename = excluded.filename,
       updated_at = excluded.updated_at, text = excluded.text, variants = excluded.variants`,
    [
      keyOf(it.name),
      it.templateId,
      it.name,
      it.language,
      it.media?.kind ?? null,
      it.media?.fileId ?? null,
      it.media?.filename ?? null,
      it.createdAt,
      it.updatedAt,
      it.text,
      JSON.stringify(it.variants),
    ],
  )
}

export async function removeTemplate(tx: Tx, id: string): Promise<void> {
  await tx.run('DELETE FROM templates WHERE id = ?', [id])
}

/** Names that look alike to a person are the same name. */
function keyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

function record(row: TemplateRow | undefined): TemplateRecord | undefined {
  if (!row) return undefined
  const { media_kind: kind, file_id: fileId, filename } = row
  return {
    templateId: row.id,
    name: row.name,
    language: row.language,
    text: row.text,
    variants: JSON.parse(row.variants) as StoredTemplate['variants'],
    media: kind !== null && fileId !== null && filename !== null ? { kind, fileId, filename } : null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

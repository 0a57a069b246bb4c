import { fail, type Statements, type Tx } from '@waqtor/contracts'
import type { WebhookRecord } from './record.ts'
import type { SecretBox } from './sealing.ts'
import type { Subscription } from './subscriptions.ts'

interface Row {
  readonly id: string
  readonly url: string
  readonly types: string
  readonly instances: string | null
  readonly description: string
  readonly header_names: string
  readonly headers: string
  readonly secret: string
  readonly old_secret: string | null
  readonly old_secret_until: number | null
  readonly enabled: number
  readonly disabled_reason: string | null
  readonly concurrency: number
  readonly created_by: string
  readonly vouched_by: string | null
  readonly created_at: number
  readonly updated_at: number
}

/** What the intake needs of a webhook, as of the transaction that it writes in. */
export interface Subscriber {
  readonly id: string
  readonly subscriptions: readonly Subscription[]
  readonly instances: readonly string[] | 'all'
}

const list = (json: string | null) => (json === null ? 'all' : (JSON.parse(json) as readonly string[]))

/** The table of webhooks in the host's file. */
export class WebhookStore {
  readonly #box: SecretBox

  constructor(box: SecretBox) {
    this.#box = box
  }

  async all(file: Statements): Promise<WebhookRecord[]> {
    const rows = await file.all<Row>('SELECT * FROM webhooks ORDER BY id')
    return rows.map((it) => this.#record(it))
  }

  /** Those that are switched on. */
  async subscribers(tx: Statements): Promise<Subscriber[]> {
    const rows = await tx.all<Row>('SELECT id, types, instances FROM webhooks WHERE enabled = 1 ORDER BY id')
    return rows.map((it) => ({ id: it.id, subscriptions: JSON.parse(it.types), instances: list(it.instances) }))
  }

  async insert(tx: Tx, record: WebhookRecord): Promise<void> {
    await tx.run(
      "INSERT INTO webhooks (id, created_by, created_at, url, types, description, header_names, headers, secret, enabled, concurrency, updated_at) VALUES (?, ?, ?, '', '[]', '', '[]', '', '', 0, 1, ?)",
      [record.id, record.createdBy, record.createdAt, record.updatedAt],
    )
    await this.save(tx, record, record.updatedAt)
  }

  /**
   * Writes down what people may change.
   * @param knownAs when it was last changed as far as the caller knows
   * @throws WaqtorError WAQ_CONFLICT (409) when somebody else has changed it since, WAQ_NOT_FOUND (404) when it is gone
   */
  async save(tx: Tx, record: WebhookRecord, knownAs: number): Promise<void> {
    const { id, instances, secret, oldSecret } = record
    const seal = (text: string | undefined) => (text === undefined ? undefined : this.#box.seal(text, id))
    const { changes } = await tx.run(
      `UPDATE webhooks SET url = ?, types = ?, instances = ?, description = ?, header_names = ?, headers = ?,
         secret = coalesce(?, secret), old_secret = ?, old_secret_until = ?, enabled = ?, disabled_reason = ?, concurrency = ?, vouched_by = ?,
         exhausted = CASE WHEN ? = 1 AND enabled = 0 THEN 0 ELSE exhausted END, updated_at = ?
       WHERE id = ? AND updated_at = ?`,
      [
        record.url,
        JSON.stringify(record.subscriptions),
        instances === 'all' ? null : JSON.stringify(instances),
        record.description,
        JSON.stringify(record.headerNames),
        this.#box.seal(JSON.stringify(record.headers), id),
        seal(secret) ?? null,
        seal(oldSecret) ?? null,
        record.oldSecretUntil,
        Number(record.enabled),
        record.disabledReason,
        record.concurrency,
        record.vouchedBy,
        Number(record.enabled),
        record.updatedAt,
        id,
        knownAs,
      ],
    )
    if (changes > 0) return
    if (!(await tx.get('SELECT id FROM webhooks WHERE id = ?', [id])))
      throw fail('WAQ_NOT_FOUND', `there is no webhook '${id}'`)
    throw fail('WAQ_CONFLICT', `the webhook '${id}' was changed meanwhile: look at it again`)
  }

  async remove(tx: Tx, id: string): Promise<void> {
    await tx.run('DELETE FROM webhooks WHERE id = ?', [id])
  }

  /** Switches one off that is on. @returns when that was noted; nothing when it was off */
  async disable(tx: Tx, id: string, reason: string, now: number): Promise<number | undefined> {
    const [row] = await tx.all<{ updated_at: number }>(
      `UPDATE webhooks SET enabled = 0, disabled_reason = ?, updated_at = max(updated_at + 1, ?)
       WHERE id = ? AND enabled = 1 RETURNING updated_at`,
      [reason, now, id],
    )
    return row?.updated_at
  }

  /** Counts an attempt. @returns how many deliveries in a row ran out of tries; nothing when the webhook is gone */
  async count(
    tx: Tx,
    id: string,
    outcome: 'delivered' | 'failed' | 'exhausted',
    now: number,
  ): Promise<number | undefined> {
    const change =
      outcome === 'delivered'
        ? 'delivered = delivered + 1, last_delivered_at = ?, exhausted = 0'
        : `failed = failed + 1, last_failed_at = ?${outcome === 'exhausted' ? ', exhausted = exhausted + 1' : ''}`
    const sql = `UPDATE webhooks SET ${change} WHERE id = ? RETURNING exhausted`
    const [row] = await tx.all<{ exhausted: number }>(sql, [now, id])
    return row?.exhausted
  }

  /** Forgets secrets whose time is over. */
  async forgetOldSecrets(tx: Tx, now: number): Promise<void> {
    await tx.run('UPDATE webhooks SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until <= ?', [now])
  }

  #record(row: Row): WebhookRecord {
    const { id } = row
    const headers = this.#box.open(row.headers, id)
    return {
      id,
      url: row.url,
      subscriptions: JSON.parse(row.types),
      instances: list(row.instances),
      description: row.description,
      // Values that are lost are not sent: a name without one would only look as if it were.
      headerNames: headers === undefined ? [] : JSON.parse(row.header_names),
      headers: headers === undefined ? {} : JSON.parse(headers),
      secret: this.#box.open(row.secret, id),
      oldSecret: row.old_secret === null ? undefined : this.#box.open(row.old_secret, id),
      oldSecretUntil: row.old_secret_until,
      enabled: row.enabled === 1,
      disabledReason: row.disabled_reason,
      concurrency: row.concurrency,
      createdBy: row.created_by,
      vouchedBy: row.vouched_by ?? row.created_by,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }
  }
}

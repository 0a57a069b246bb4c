import { fail, type Statements } from '@waqtor/contracts'
import { newId, type z } from '@waqtor/kernel'
import { type Normalize, parseRef, type Ref, selectIds } from '../contacts/refs.ts'
import { toContact } from '../contacts/rows.ts'
import { upsertMany } from '../contacts/upsert.ts'
import type * as contract from '../contract.ts'
import type { Audience } from '../contract.ts'
import { decodeCursor, encodeCursor, pageOf } from '../cursor.ts'
import type { InstanceFiles } from '../files.ts'
import { countMembers, selectMembers } from './members.ts'
import {
  type AudienceRow,
  addMembers,
  deleteAudience,
  insertAudience,
  removeMembers,
  selectAudience,
  selectAudiences,
  updateAudience,
} from './store.ts'

type Input<C extends { readonly input: z.ZodType }> = z.output<C['input']>
type One = Input<typeof contract.getAudience>

/** The commands about audiences. */
export class AudienceBook {
  readonly #files: InstanceFiles
  readonly #normalize: Normalize

  constructor(files: InstanceFiles, normalize: Normalize) {
    this.#files = files
    this.#normalize = normalize
  }

  async create({ instance, name, filter }: Input<typeof contract.createAudience>): Promise<Audience> {
    const audienceId = newId('aud')
    const file = await this.#files(instance)
    await file.write((tx) =>
      insertAudience(tx, { audienceId, name, filter: filter ? JSON.stringify(filter) : null }, Date.now()),
    )
    return this.get({ instance, audienceId })
  }

  async get({ instance, audienceId }: One): Promise<Audience> {
    const file = await this.#files(instance)
    const row = await requireAudience(file, audienceId)
    return { ...toSummary(row), count: await countMembers(file, row) }
  }

  async list({ instance, limit, cursor }: Input<typeof contract.listAudiences>) {
    const [before] = decodeCursor('audiences', [Number.MAX_SAFE_INTEGER] as const, cursor)
    const rows = await selectAudiences(await this.#files(instance), before, limit + 1)
    return pageOf(rows, limit, toSummary, (it) => encodeCursor('audiences', [it.id]))
  }

  async update({ instance, audienceId, name, filter, add = [], remove = [] }: Input<typeof contract.updateAudience>) {
    const added = add.map((it) => parseRef(this.#normalize, it))
    const removed = remove.map((it) => parseRef(this.#normalize, it))
    const file = await this.#files(instance)
    await file.write(async (tx) => {
      const row = await requireAudience(tx, audienceId)
      const isList = row.filter === null
      if (isList && filter) throw fail('WAQ_CONFLICT', `audience '${audienceId}' is a list and takes no filter`)
      if (!isList && added.length + removed.length > 0)
        throw fail('WAQ_CONFLICT', `audience '${audienceId}' is a filter: who fits it is a member`)
      const now = Date.now()
      await updateAudience(
        tx,
        { id: row.id, name: name ?? row.name, filter: filter ? JSON.stringify(filter) : row.filter },
        now,
      )
      await upsertMany(tx, added.flatMap(stranger), { onDuplicate: 'skip', now })
      await addMembers(tx, row.id, await selectIds(tx, added))
      await removeMembers(tx, row.id, await selectIds(tx, removed))
    })
    return this.get({ instance, audienceId })
  }

  async remove({ instance, audienceId }: One): Promise<void> {
    const file = await this.#files(instance)
    await file.write(async (tx) => deleteAudience(tx, (await requireAudience(tx, audienceId)).id))
  }

  async members({ instance, audienceId, limit, cursor }: Input<typeof contract.listMembers>) {
    const [after] = decodeCursor('members', [0] as const, cursor)
    const file = await this.#files(instance)
    const rows = await selectMembers(file, await requireAudience(file, audienceId), after, limit + 1)
    return pageOf(rows, limit, toContact, (it) => encodeCursor('members', [it.id]))
  }
}

/** @throws WaqtorError WAQ_NOT_FOUND (404) */
export async function requireAudience(file: Statements, audienceId: string): Promise<AudienceRow> {
  const row = await selectAudience(file, audienceId)
  if (!row) throw fail('WAQ_NOT_FOUND', `there is no audience '${audienceId}'`)
  return row
}

/** Somebody of whom nothing but the number is known. */
function stranger(ref: Ref) {
  return 'chatId' in ref ? [{ chatId: ref.chatId, name: '', language: null, tags: [], fields: {}, consent: null }] : []
}

function toSummary(row: AudienceRow): Omit<Audience, 'count'> {
  return {
    audienceId: row.audience_id,
    name: row.name,
    kind: row.filter === null ? 'list' : 'filter',
    filter: row.filter === null ? null : (JSON.parse(row.filter) as Audience['filter']),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

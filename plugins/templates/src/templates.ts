import {
  type Database,
  type DatabaseFile,
  type Files,
  fail,
  type Instances,
  type Messaging,
  type Statements,
  type Templates as TemplatesService,
} from '@waqtor/contracts'
import { type Logger, messageOf, newId } from '@waqtor/kernel'
import { checkTexts, type Multilingual } from '@waqtor/message-template'
import type { Template, TemplateSummary } from './contract.ts'
import { invalid } from './invalid.ts'
import { type Caller, fetched, filesOf, type GivenMedia, mediaOf } from './media.ts'
import {
  putTemplate,
  refersToFile,
  removeTemplate,
  selectByName,
  selectTemplate,
  selectTemplates,
  type TemplateRecord,
} from './store.ts'
import { inUsualWriting, variablesOf } from './texts.ts'

export interface TemplatesOptions {
  readonly database: Database
  readonly instances: Instances
  readonly files: Files | undefined
  /** Fetches files that are named by their URL. */
  readonly messaging: Pick<Messaging, 'fetchFile'> | undefined
  readonly log: Logger
}

interface One {
  readonly instance: string
  readonly templateId: string
}

interface Content extends Multilingual {
  readonly name: string
}

/** What a call gives anew; `undefined` leaves a field as it is. */
type Change = { readonly [K in keyof Content]?: Content[K] | undefined } & {
  readonly media?: GivenMedia | null | undefined
}

/**
 * The reusable messages of each instance.
 *
 * A file is kept before a template refers to it and removed after none does any more, so that a crash in between can
 * leave a file too many but never a template without its file.
 */
export class Templates implements TemplatesService {
  readonly #options: TemplatesOptions

  constructor(options: TemplatesOptions) {
    this.#options = options
  }

  async create(
    { instance, media: given, ...content }: Content & { readonly instance: string; readonly media: GivenMedia | null },
    by: Caller,
  ): Promise<Template> {
    const file = await this.#open(instance)
    const now = Date.now()
    const made = inUsualWriting({ ...content, templateId: newId('tpl'), createdAt: now, updatedAt: now })
    demandContent(made.text, given)
    await demandFree(file, made)
    const record = { ...made, media: await this.#attach(given, by) }
    await file.write(async (tx) => {
      await demandFree(tx, record)
      await putTemplate(tx, record)
    })
    return shown(record)
  }

  async list({
    instance,
    name,
    limit,
    cursor,
  }: {
    readonly instance: string
    readonly name?: string | undefined
    readonly limit: number
    readonly cursor?: string | undefined
  }): Promise<{ items: TemplateSummary[]; nextCursor: string | null }> {
    const file = await this.#open(instance)
    if (name !== undefined) {
      const found = await selectByName(file, name)
      return { items: found ? [summary(found)] : [], nextCursor: null }
    }
    const records = await selectTemplates(file, cursor ?? '~', limit + 1)
    const items = records.slice(0, limit).map(summary)
    return { items, nextCursor: records.length > limit ? items.at(-1)!.templateId : null }
  }

  async get(instance: string, templateId: string): Promise<TemplateRecord> {
    return required(await selectTemplate(await this.#open(instance), templateId), templateId)
  }

  async show({ instance, templateId }: One): Promise<Template> {
    return shown(await this.get(instance, templateId))
  }

  async update({ instance, templateId, media: given, ...change }: One & Change, by: Caller): Promise<Template> {
    const file = await this.#open(instance)
    // Tried on what is there now, so that a file is not kept for a change that is refused.
    const present = changed(required(await selectTemplate(file, templateId), templateId), change)
    demandContent(present.text, given === undefined ? present.media : given)
    await demandFree(file, present)
    const media = given === undefined ? undefined : await this.#attach(given, by)
    const [before, after] = await file.write(async (tx) => {
      const old = required(await selectTemplate(tx, templateId), templateId)
      const next = { ...changed(old, change), ...(media !== undefined && { media }), updatedAt: Date.now() }
      demandContent(next.text, next.media)
      await demandFree(tx, next)
      await putTemplate(tx, next)
      return [old, next] as const
    })
    if (before.media && media !== undefined) await this.#release(before.media.fileId)
    return shown(after)
  }

  async remove({ instance, templateId }: One): Promise<void> {
    const file = await this.#open(instance)
    const { media } = await file.write(async (tx) => {
      const old = required(await selectTemplate(tx, templateId), templateId)
      await removeTemplate(tx, templateId)
      return old
    })
    if (media) await this.#release(media.fileId)
  }

  async #attach(given: GivenMedia | null, by: Caller): Promise<TemplateRecord['media']> {
    if (!given) return null
    const { messaging } = this.#options
    const files = filesOf(this.#options.files)
    const { url } = given
    const media =
      url === undefined ? await mediaOf(files, given, by) : await fetched(files, messaging, { ...given, url }, by)
    await files.keep(media.fileId)
    return media
  }

  /** Removes a file unless a template, of whichever account, still refers to it. The change that let go of it stands. */
  async #release(fileId: string): Promise<void> {
    const { files, instances, database, log } = this.#options
    try {
      for (const id of instances.ids()) if (await refersToFile(await database.open(id), fileId)) return
      await files?.remove(fileId)
    } catch (error) {
      log.warn('the file of a template could not be removed', { fileId, error: messageOf(error) })
    }
  }

  /** Opening a file would make it, so whether there is such an account is asked first. */
  async #open(instance: string): Promise<DatabaseFile> {
    const { instances, database } = this.#options
    if (!instances.has(instance)) throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${instance}'`)
    return database.open(instance)
  }
}

function changed(old: TemplateRecord, change: Omit<Change, 'media'>): TemplateRecord {
  const { name = old.name, text = old.text, language = old.language, variants = old.variants } = change
  return inUsualWriting({ ...old, name, text, language, variants })
}

function demandContent(text: string, media: unknown): void {
  if (text.trim() === '' && !media) throw invalid('text', 'a template needs a text, or media')
}

async function demandFree(
  file: Statements,
  { name, templateId }: Pick<TemplateRecord, 'name' | 'templateId'>,
): Promise<void> {
  const other = await selectByName(file, name)
  if (other && other.templateId !== templateId)
    throw fail('WAQ_CONFLICT', `there is a template '${other.name}' already (${other.templateId}); choose another name`)
}

function required(record: TemplateRecord | undefined, id: string): TemplateRecord {
  if (!record) throw fail('WAQ_NOT_FOUND', `there is no template '${id}'`)
  return record
}

function summary({ variants, ...rest }: TemplateRecord): TemplateSummary {
  return { ...rest, languages: Object.keys(variants) }
}

function shown(record: TemplateRecord): Template {
  return { ...record, variants: { ...record.variants }, ...variablesOf(record), warnings: checkTexts(record) }
}

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fail, type Settings, type SettingsDocument } from '@waqtor/contracts'
import { WaqtorError, type z } from '@waqtor/kernel'
import { SettingsFile } from './settings-file.ts'

const kebabCase = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** `Settings` with an end. */
export interface SettingsFolder extends Settings {
  /** Waits for the changes that were asked for. */
  settled(): Promise<void>
}

/** Documents as files of one directory, `<name>.json` each. */
export function createSettings(directory: string): SettingsFolder {
  // One file per name, however many ask for it: changes of the same document have to take turns.
  const files = new Map<string, SettingsFile>()
  const fileOf = (name: string): SettingsFile => {
    const file = files.get(name) ?? new SettingsFile(name, join(directory, `${name}.json`))
    files.set(name, file)
    return file
  }
  return {
    document(name, schema) {
      if (!isName(name)) {
        throw new WaqtorError('WAQ_INPUT_INVALID', `settings cannot be named '${name.slice(0, 80)}'; use kebab-case`)
      }
      return document(fileOf(name), schema)
    },
    async backup(to) {
      const names = documentsIn(directory)
      for (const name of names) await fileOf(name).copy(to)
      return names.map((it) => `${it}.json`)
    },
    async settled() {
      await Promise.all([...files.values()].map((it) => it.settled()))
    },
  }
}

function isName(text: string): boolean {
  return kebabCase.test(text) && text.length <= 64
}

/** Names of the documents that a directory holds. */
function documentsIn(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .filter((it) => it.isFile() && it.name.endsWith('.json'))
    .map((it) => it.name.slice(0, -'.json'.length))
    .filter(isName)
    .sort()
}

function document<S extends z.ZodType>(file: SettingsFile, schema: S): SettingsDocument<z.output<S>> {
  const get = async () => read(schema, await file.read(), file)
  return {
    get,
    update: (change) =>
      file.inTurn(async () => {
        const changed = schema.safeParse(change(await get()))
        if (!changed.success) {
          const { errors, text } = explain(changed.error)
          throw new WaqtorError('WAQ_INPUT_INVALID', `the settings '${file.name}' cannot be changed so: ${text}`, {
            details: { errors },
          })
        }
        await file.write(changed.data)
        return changed.data
      }),
  }
}

function read<S extends z.ZodType>(schema: S, value: unknown, file: SettingsFile): z.output<S> {
  let parsed = schema.safeParse(value)
  // No file, and no default for the document as a whole: then each field has its own.
  if (!parsed.success && value === undefined) parsed = schema.safeParse({})
  if (parsed.success) return parsed.data
  throw fail(
    'WAQ_SETTINGS_INVALID',
    `the settings '${file.name}' (${file.path}) do not fit: ${explain(parsed.error).text}`,
  )
}

function explain(error: z.ZodError): { errors: readonly { path: string; message: string }[]; text: string } {
  const errors = error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  return { errors, text: errors.map(({ path, message }) => (path ? `at '${path}': ${message}` : message)).join('; ') }
}

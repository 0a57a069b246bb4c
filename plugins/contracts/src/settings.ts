import { defineService, type z } from '@waqtor/kernel'

/** One JSON document that a person may also edit in a text editor. */
export interface SettingsDocument<T> {
  /** What the file says now; the schema's defaults where it says nothing. */
  get(): Promise<T>
  /** Changes the document with an atomic write. The callback gets a copy and answers the new value. */
  update(change: (current: T) => T): Promise<T>
}

export interface Settings {
  /**
   * @param name file name without `.json`, kebab-case
   * @throws WaqtorError WAQ_SETTINGS_INVALID when the file is not JSON or does not fit; the file is left as it is.
   */
  document<S extends z.ZodType>(name: string, schema: S): SettingsDocument<z.output<S>>
  /**
   * Copies every document, as it is now, into a directory that is there.
   * @returns the names of the files, `<name>.json`
   * @throws WaqtorError WAQ_STORAGE_FULL, WAQ_STORAGE_FAILED
   */
  backup(to: string): Promise<readonly string[]>
}

/** Small documents (branding, preferences). Nothing that grows, nothing that is promised. */
export const Settings = defineService<Settings>('settings')

import { defineService, type Principal, z } from '@waqtor/kernel'
import { Timestamp } from './primitives.ts'

/** A file that somebody handed in, or that was made for somebody to fetch. */
export const FileInfo = z.object({
  fileId: z.string(),
  filename: z.string().describe('As the person called it; for showing only, never a path'),
  contentType: z
    .string()
    .describe('By its first bytes, else by its name; `application/octet-stream` when neither tells'),
  bytes: z.int().nonnegative(),
  createdAt: Timestamp,
  expiresAt: Timestamp.nullable().describe('Deleted after this moment; `null` keeps it'),
})
export type FileInfo = Readonly<z.output<typeof FileInfo>>

/** A file that is being written. Nobody sees it before `finish`, and it is gone when it is not finished. */
export interface FileWriter {
  /** @throws WaqtorError WAQ_STORAGE_FULL (507), WAQ_BODY_TOO_LARGE (413): nothing of the file is kept */
  write(chunk: Uint8Array): Promise<void>
  /** Answers when the disk has the file. */
  finish(): Promise<FileInfo>
  /** Lets go of it and deletes what was written; does nothing once it is finished or gone. */
  abort(): Promise<void>
}

/** Files in the data directory: what is imported, exported and attached. */
export interface Files {
  /**
   * @param file.owner who may read it besides administrators; `null`: administrators only
   * @param file.keepMs how long it stays once it is finished; the plugin's `keepMs` when absent
   */
  create(file: {
    readonly filename: string
    readonly owner: Principal | null
    readonly keepMs?: number
  }): Promise<FileWriter>
  /**
   * A finished file that the caller may read; the system itself passes `systemPrincipal`, and `null` may read none.
   * `path` is on this machine and is for reading only.
   * @throws WaqtorError WAQ_NOT_FOUND (404), also for a file of somebody else
   */
  open(fileId: string, principal: Principal | null): Promise<FileInfo & { readonly path: string }>
  /** From now on it stays until it is removed: something refers to it. @throws WaqtorError WAQ_NOT_FOUND (404) */
  keep(fileId: string): Promise<void>
  /** Deletes it; one that is gone already is no mistake. */
  remove(fileId: string): Promise<void>
}

export const Files = defineService<Files>('files')

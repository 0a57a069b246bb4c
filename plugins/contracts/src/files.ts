import { defineService, type Principal } from '@waqtor/kernel'

/** A file that somebody handed in, or that was made for somebody to fetch. */
export interface FileInfo {
  readonly fileId: string
  /** As the person called it; for showing only, never a path. */
  readonly filename: string
  /** By its first bytes, else by its name; `application/octet-stream` when neither tells. */
  readonly contentType: string
  readonly bytes: number
  /** Milliseconds. */
  readonly createdAt: number
  /** Deleted after this moment; `null` keeps it. Milliseconds. */
  readonly expiresAt: number | null
}

/** A file that is being written. Nobody sees it before `finish`. */
export interface FileWriter {
  write(chunk: Uint8Array): Promise<void>
  finish(): Promise<FileInfo>
  /** Lets go of it and deletes what was written. */
  abort(): Promise<void>
}

/** Files in the data directory: what is imported, exported and attached. */
export interface Files {
  /** @param owner who may read it besides administrators; `null`: administrators only */
  create(file: {
    readonly filename: string
    readonly owner: Principal | null
    readonly keepMs?: number
  }): Promise<FileWriter>
  /**
   * A finished file that the caller may read. `path` is on this machine and is for reading only.
   * @throws WaqtorError WAQ_NOT_FOUND (404), also for a file of somebody else
   */
  open(fileId: string, principal: Principal | null): Promise<FileInfo & { readonly path: string }>
  /** From now on it stays until it is removed: something refers to it. */
  keep(fileId: string): Promise<void>
  remove(fileId: string): Promise<void>
}

export const Files = defineService<Files>('files')

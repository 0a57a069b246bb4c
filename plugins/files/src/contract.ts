import { FileInfo, PageQuery, page } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

/** The largest piece that one call carries, in bytes; in base64 it fits into a request of the usual size. */
export const CHUNK_BYTES = 512_000

const FileId = z.string().min(1).max(64)
const one = z.strictObject({ fileId: FileId })
const Offset = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const createFile = defineCommand('files.create', {
  summary: 'Begin to hand in a file: its content follows in pieces',
  permission: 'files:write',
  scope: 'host',
  http: { method: 'POST', path: '/files', status: 201 },
  hints: { example: { filename: 'people.csv' } },
  input: z.strictObject({
    filename: z.string().min(1).max(1_000).describe('For showing only; what does not belong into a name is taken out'),
  }),
  output: z.object({ fileId: FileId }),
})

export const appendToFile = defineCommand('files.append', {
  summary: 'Add a piece to a file that is being handed in; repeating the last piece changes nothing',
  permission: 'files:write',
  scope: 'host',
  http: { method: 'POST', path: '/files/{fileId}/append' },
  hints: { example: { fileId: 'file_01JDK5XRZ6S8D0F3G5H7J9KANV', offset: 0, data: 'cGhvbmUsbmFtZQo=' } },
  input: z.strictObject({
    fileId: FileId,
    offset: Offset.describe('How many bytes are there already'),
    data: z
      .base64()
      .max(Math.ceil(CHUNK_BYTES / 3) * 4)
      .describe(`In base64, at most ${CHUNK_BYTES} bytes`),
  }),
  output: z.object({ bytes: z.int().describe('How many bytes are there now: the next offset') }),
})

export const finishFile = defineCommand('files.finish', {
  summary: 'Finish a file that was handed in; repeating it changes nothing',
  permission: 'files:write',
  scope: 'host',
  http: { method: 'POST', path: '/files/{fileId}/finish' },
  hints: { example: { fileId: 'file_01JDK5XRZ6S8D0F3G5H7J9KANV' } },
  input: one,
  output: FileInfo,
})

export const getFile = defineCommand('files.get', {
  summary: 'Show what is known of a file',
  permission: 'files:read',
  scope: 'host',
  http: { method: 'GET', path: '/files/{fileId}' },
  hints: { readOnly: true, example: { fileId: 'file_01JDK5XRZ6S8D0F3G5H7J9KANV' } },
  input: one,
  output: FileInfo,
})

export const listFiles = defineCommand('files.list', {
  summary: 'List the own files, newest first; administrators see all',
  permission: 'files:read',
  scope: 'host',
  http: { method: 'GET', path: '/files' },
  hints: { readOnly: true, example: { limit: 20 } },
  input: z.strictObject(PageQuery),
  output: page(FileInfo),
})

export const readFile = defineCommand('files.read', {
  summary: 'Read a piece of a file',
  permission: 'files:read',
  scope: 'host',
  http: { method: 'GET', path: '/files/{fileId}/content' },
  hints: { readOnly: true, example: { fileId: 'file_01JDK5XRZ6S8D0F3G5H7J9KANV', offset: 0, length: 65_536 } },
  input: z.strictObject({
    fileId: FileId,
    offset: Offset.default(0),
    length: z.coerce.number().int().min(1).max(CHUNK_BYTES).default(CHUNK_BYTES),
  }),
  output: z.object({
    data: z.string().describe('In base64'),
    bytes: z.int().describe('How many bytes `data` holds'),
    end: z.boolean().describe('Nothing comes after it'),
  }),
})

export const deleteFile = defineCommand('files.delete', {
  summary: 'Delete a file, or give up one that is being handed in',
  permission: 'files:write',
  scope: 'host',
  http: { method: 'DELETE', path: '/files/{fileId}', status: 204 },
  hints: { destructive: true, example: { fileId: 'file_01JDK5XRZ6S8D0F3G5H7J9KANV' } },
  input: one,
  output: z.object({}),
})

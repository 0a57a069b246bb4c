import { Writable } from 'node:stream'
import type { FileInfo, Files } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'

/**
 * Writes a file of the files plugin as a stream. What throws leaves no file behind.
 * @example await writeToFiles(files, { filename: 'people.csv', owner }, (to) => writeTable(to, 'csv', columns, rows))
 */
export async function writeToFiles(
  files: Files,
  file: { readonly filename: string; readonly owner: Principal | null },
  write: (target: Writable) => Promise<void>,
): Promise<FileInfo> {
  const writer = await files.create(file)
  try {
    await write(
      new Writable({
        write: (chunk: Uint8Array, _, done) => void writer.write(chunk).then(() => done(), done),
      }),
    )
    return await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

import type { FileInfo, Files, FileWriter } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { RejectedFile } from './rejected-file.ts'

/** Keeps what is written in memory; `disk` may refuse it. */
function filesOn(disk: { begin?: () => void; write?: () => void } = {}) {
  const finished: string[] = []
  const open = new Set<FileWriter>()
  const files: Pick<Files, 'create'> = {
    async create() {
      disk.begin?.()
      const chunks: Uint8Array[] = []
      const writer: FileWriter = {
        async write(chunk) {
          disk.write?.()
          chunks.push(chunk)
        },
        async finish() {
          open.delete(writer)
          finished.push(Buffer.concat(chunks).toString('utf8'))
          return { fileId: `file_${finished.length}` } as FileInfo
        },
        async abort() {
          open.delete(writer)
        },
      }
      open.add(writer)
      return writer
    },
  }
  return { files: files as Files, finished, open }
}

const about = { filename: 'rejected.csv', owner: null }
const bad = (line: number) => ({ line, reason: 'no number', raw: [`${line}`, 'Mona'] })

describe('RejectedFile', () => {
  it('is no file when nothing is rejected', async () => {
    const { files, finished } = filesOn()
    await using rejected = new RejectedFile(files, about)
    await rejected.add(['phone', 'name'], [])
    expect(await rejected.finish()).toBeUndefined()
    expect(finished).toEqual([])
  })

  it('holds every row, also of thousands', async () => {
    const { files, finished } = filesOn()
    await using rejected = new RejectedFile(files, about)
    for (let at = 0; at < 5_000; at += 100)
      await rejected.add(
        ['phone', 'name'],
        Array.from({ length: 100 }, (_, i) => bad(at + i)),
      )
    expect(await rejected.finish()).toEqual({ fileId: 'file_1' })
    expect(finished[0]!.trim().split('\r\n')).toHaveLength(5_001)
  })

  it('leaves nothing behind when it is given up', async () => {
    const { files, finished, open } = filesOn()
    {
      await using rejected = new RejectedFile(files, about)
      await rejected.add(['phone', 'name'], [bad(2)])
    }
    expect(finished).toEqual([])
    expect(open.size).toBe(0)
  })

  it.each([
    ['begin', 1],
    ['begin', 1_000],
    ['write', 1],
    ['write', 1_000],
  ] as const)(
    'fails whoever fills it, and nobody else, when the disk is full at its %s (%i rows)',
    async (step, rows) => {
      const full = new Error('the disk is full')
      const { files, open } = filesOn({
        [step]: () => {
          throw full
        },
      })
      await using rejected = new RejectedFile(files, about)
      const fill = async () => {
        for (let line = 0; line < rows; line++) await rejected.add(['phone', 'name'], [bad(line)])
        await rejected.finish()
      }
      await expect(fill()).rejects.toBe(full)
      expect(open.size).toBe(0)
    },
  )
})

import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { appendToFile, CHUNK_BYTES, createFile, finishFile, listFiles } from './contract.ts'
import { diskFault } from './disk.ts'
import { dataDirectory, type FilesTest, startFiles } from './fixtures/start-files.ts'

const chunk = Buffer.alloc(CHUNK_BYTES, 7).toString('base64')
const full = { code: 'WAQ_STORAGE_FULL', status: 507 }

/** Mounts a small file system, where this machine lets us. */
function smallDisk(directory: string, megabytes: number): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory])
  if (status === 0) onTestFinished(() => void execFileSync('umount', [directory]))
  return status === 0
}

/** Hands in pieces until one is refused; answers how many were taken, and the refusal. */
async function fill(it: FilesTest) {
  const { fileId } = await it.test.run(createFile, { filename: 'a.bin' })
  for (let pieces = 0; ; pieces++) {
    try {
      await it.test.run(appendToFile, { fileId, offset: pieces * CHUNK_BYTES, data: chunk })
    } catch (refusal) {
      return { fileId, pieces, refusal }
    }
  }
}

describe('a disk without room', () => {
  it('takes no file that would leave less than the reserve, and keeps nothing of it', async () => {
    await using it = await startFiles({ reserveBytes: Number.MAX_SAFE_INTEGER })
    const { fileId, pieces, refusal } = await fill(it)
    expect(pieces).toBe(0)
    expect(refusal).toMatchObject(full)
    expect(it.lying()).toEqual([])
    await expect(it.test.run(finishFile, { fileId })).rejects.toMatchObject({ status: 404 })

    const answer = await fetch(`${it.url}/files`, { method: 'POST', body: 'abc', headers: await it.key('files:write') })
    expect(answer.status).toBe(507)
    expect(await answer.json()).toMatchObject({ code: 'storage_full' })
    expect(it.lying()).toEqual([])
    expect((await it.test.run(listFiles, {})).items).toEqual([])
  })

  it('that runs full in the middle keeps nothing of the file, and takes others when there is room', async (test) => {
    const data = dataDirectory()
    await using it = await startFiles({}, data)
    if (!smallDisk(join(data, 'files'), 4)) return test.skip()
    const { pieces, refusal } = await fill(it)
    expect(pieces).toBeGreaterThan(4)
    expect(refusal).toMatchObject(full)
    expect(it.lying()).toEqual([])

    const key = await it.key('files:write')
    const send = (bytes: number) =>
      fetch(`${it.url}/files`, { method: 'POST', body: Buffer.alloc(bytes), headers: key }).then((it) => it.status)
    expect(await send(6_000_000)).toBe(507)
    expect(it.lying()).toEqual([])
    expect(await send(1_000_000)).toBe(201)
    expect((await it.test.run(listFiles, {})).items).toHaveLength(1)
    await it.test.kernel.close()
  })

  it('is told from other faults of the disk', () => {
    const fault = (code: string) =>
      diskFault(Object.assign(new Error('at /home/me'), { code }), 'the file cannot be stored')
    for (const code of ['ENOSPC', 'EDQUOT']) expect(fault(code)).toMatchObject(full)
    expect(fault('EIO')).toMatchObject({ code: 'WAQ_STORAGE_FAILED', status: 503 })
  })
})

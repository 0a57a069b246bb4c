import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FileInfo, fail } from '@waqtor/contracts'
import { downloadFile, uploadFile } from '@waqtor/contracts/cli-files'
import { systemPrincipal } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appendToFile,
  CHUNK_BYTES,
  createFile,
  deleteFile,
  finishFile,
  getFile,
  listFiles,
  readFile,
} from './contract.ts'
import { dataDirectory, type FilesTest, person, startFiles } from './fixtures/start-files.ts'

const mona = person('mona')
const omar = person('omar')
const asMona = { principal: mona }
const base64 = (text: string) => Buffer.from(text).toString('base64')

async function begin(it: FilesTest, filename = 'a.txt'): Promise<string> {
  return (await it.test.run(createFile, { filename }, asMona)).fileId
}

async function handIn(it: FilesTest, text: string, filename = 'a.txt'): Promise<FileInfo> {
  const fileId = await begin(it, filename)
  await it.test.run(appendToFile, { fileId, offset: 0, data: base64(text) }, asMona)
  return it.test.run(finishFile, { fileId }, asMona)
}

/** Bytes without a pattern that could hide a piece in the wrong place. */
function bytesOf(size: number): Buffer {
  const buffer = Buffer.alloc(size)
  for (let i = 0; i < size; i++) buffer[i] = (i * 2_654_435_761) >>> 24
  return buffer
}

describe('a file', () => {
  it.each([0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 1_000_000])('comes back as it was handed in: %i bytes', async (size) => {
    await using it = await startFiles()
    const from = join(dataDirectory(), 'people.csv')
    const to = join(dataDirectory(), 'copy.csv')
    writeFileSync(from, bytesOf(size))
    const steps: number[][] = []
    const info = await uploadFile(it.client(mona), from, { onProgress: (...step) => steps.push(step) })
    expect(info).toMatchObject({ filename: 'people.csv', bytes: size, fileId: expect.stringMatching(/^file_\w{26}$/) })
    expect(info.expiresAt).toBe(info.createdAt + 86_400_000)
    expect(steps.at(-1)).toEqual(size === 0 ? undefined : [size, size])

    steps.length = 0
    expect(await downloadFile(it.client(mona), info.fileId, to, { onProgress: (...step) => steps.push(step) })).toEqual(
      info,
    )
    expect(readFileSync(to).equals(readFileSync(from))).toBe(true)
    expect(steps.at(-1)).toEqual([size, size])
    expect(await it.test.run(getFile, { fileId: info.fileId }, asMona)).toEqual(info)
  })

  it('lies in the data directory under a name of our own, closed to other users', async () => {
    await using it = await startFiles()
    const { fileId } = await handIn(it, 'hello')
    const unfinished = await begin(it)
    expect(it.lying()).toEqual([fileId, `${unfinished}.part`].sort())
    const { path } = await it.files.open(fileId, mona)
    expect(path).toBe(join(it.data, 'files', fileId))
    expect(readFileSync(path, 'utf8')).toBe('hello')
    if (process.platform === 'win32') return
    expect(statSync(join(it.data, 'files')).mode & 0o777).toBe(0o700)
    for (const name of it.lying()) expect(statSync(join(it.data, 'files', name)).mode & 0o777).toBe(0o600)
  })

  it('is made by a plugin as well, for somebody or for administrators', async () => {
    await using it = await startFiles()
    const writer = await it.files.create({ filename: 'export.json', owner: mona, keepMs: 1_000 })
    await writer.write(Buffer.from('{"a":'))
    await writer.write(Buffer.from('1}'))
    const info = await writer.finish()
    expect(info).toMatchObject({ bytes: 7, contentType: 'application/json', expiresAt: info.createdAt + 1_000 })
    expect(await writer.finish()).toEqual(info)
    await writer.abort()
    expect(readFileSync((await it.files.open(info.fileId, mona)).path, 'utf8')).toBe('{"a":1}')

    const ours = await (await it.files.create({ filename: 'x', owner: null })).finish()
    await expect(it.files.open(ours.fileId, mona)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    expect(await it.files.open(ours.fileId, systemPrincipal)).toMatchObject(ours)
  })

  it('is nothing before it is finished, and nothing after it was given up', async () => {
    await using it = await startFiles()
    const writer = await it.files.create({ filename: 'x', owner: mona })
    await writer.write(Buffer.from('abc'))
    expect((await it.test.run(listFiles, {}, asMona)).items).toEqual([])
    await writer.abort()
    await writer.abort()
    expect(it.lying()).toEqual([])
    await expect(writer.write(Buffer.from('d'))).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    await expect(writer.finish()).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('stays when something keeps it, and goes when it is removed', async () => {
    await using it = await startFiles()
    const { fileId } = await handIn(it, 'media')
    await it.files.keep(fileId)
    expect(await it.test.run(getFile, { fileId }, asMona)).toMatchObject({ expiresAt: null })
    await it.files.remove(fileId)
    await it.files.remove(fileId)
    await it.files.remove('../host.db')
    expect(readdirSync(it.data)).toContain('host.db')
    expect(it.lying()).toEqual([])
    await expect(it.files.keep(fileId)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('is gone for everybody once it is deleted, finished or not', async () => {
    await using it = await startFiles()
    const { fileId } = await handIn(it, 'x')
    const unfinished = await begin(it)
    for (const id of [fileId, unfinished]) {
      await it.test.run(deleteFile, { fileId: id }, asMona)
      for (const command of [getFile, readFile, deleteFile, finishFile])
        await expect(it.test.run(command, { fileId: id }, asMona)).rejects.toMatchObject({ status: 404 })
    }
    expect(it.lying()).toEqual([])
  })

  it('whose content is gone from the folder is not found', async () => {
    await using it = await startFiles()
    const { fileId } = await handIn(it, 'x')
    const { path } = await it.files.open(fileId, mona)
    rmSync(path)
    await expect(it.test.run(readFile, { fileId }, asMona)).rejects.toMatchObject({ status: 404 })
  })
})

describe('a file of somebody else', () => {
  it('does not exist, on any way, whether finished or not; administrators have all', async () => {
    await using it = await startFiles()
    const { fileId } = await handIn(it, 'secret')
    const unfinished = await begin(it)
    const piece = { offset: 0, data: base64('x') }
    for (const id of [fileId, unfinished, 'file_nothing', '../host.db']) {
      const call = { principal: omar }
      for (const trying of [
        it.test.run(getFile, { fileId: id }, call),
        it.test.run(readFile, { fileId: id }, call),
        it.test.run(deleteFile, { fileId: id }, call),
        it.test.run(finishFile, { fileId: id }, call),
        it.test.run(appendToFile, { fileId: id, ...piece }, call),
        it.files.open(id, omar),
        it.files.open(id, null),
      ])
        await expect(trying).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND', status: 404 })
    }
    expect((await it.test.run(listFiles, {}, { principal: omar })).items).toEqual([])
    expect((await it.test.run(listFiles, {})).items).toMatchObject([{ fileId }])
    await it.test.run(appendToFile, { fileId: unfinished, ...piece })
    expect(await it.test.run(finishFile, { fileId: unfinished })).toMatchObject({ bytes: 1 })
    expect((await it.test.run(listFiles, {}, asMona)).items).toHaveLength(2)
    await it.test.run(deleteFile, { fileId })
  })

  it('needs the permission before all', async () => {
    await using it = await startFiles()
    const reader = { ...mona, permissions: new Set(['files:read']) }
    await expect(it.test.run(createFile, { filename: 'x' }, { principal: reader })).rejects.toMatchObject({
      status: 403,
    })
    await expect(it.test.run(listFiles, {}, { principal: null })).rejects.toMatchObject({ status: 401 })
  })
})

describe('the list', () => {
  it('goes page by page, newest first', async () => {
    await using it = await startFiles()
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.unshift((await handIn(it, String(i))).fileId)
    const seen: string[] = []
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page = await it.test.run(listFiles, { limit: 2, ...(cursor !== undefined && { cursor }) }, asMona)
      seen.push(...page.items.map((file) => file.fileId))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(ids)
  })
})

describe('pieces', () => {
  it('may be sent again, the last one only and exactly as it was', async () => {
    await using it = await startFiles()
    const fileId = await begin(it)
    const append = (offset: number, text: string) =>
      it.test.run(appendToFile, { fileId, offset, data: base64(text) }, asMona)
    const conflict = (offset: number) => ({ code: 'WAQ_CONFLICT', status: 409, details: { offset } })
    expect(await append(0, 'abc')).toEqual({ bytes: 3 })
    expect(await append(0, 'abc')).toEqual({ bytes: 3 })
    expect(await append(3, 'def')).toEqual({ bytes: 6 })
    expect(await append(3, 'def')).toEqual({ bytes: 6 })
    expect(await append(6, '')).toEqual({ bytes: 6 })
    expect(await append(3, 'def')).toEqual({ bytes: 6 })
    for (const [offset, text] of [
      [0, 'abc'],
      [0, 'abcdef'],
      [3, 'dex'],
      [3, 'de'],
      [3, 'defg'],
      [4, 'ef'],
      [7, 'g'],
    ] as const)
      await expect(append(offset, text)).rejects.toMatchObject(conflict(6))
    await it.test.run(finishFile, { fileId }, asMona)
    expect(await it.test.run(readFile, { fileId }, asMona)).toEqual({ data: base64('abcdef'), bytes: 6, end: true })
    await expect(append(6, 'g')).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('that come at once at one place are taken once', async () => {
    await using it = await startFiles()
    const fileId = await begin(it)
    const append = (text: string) => it.test.run(appendToFile, { fileId, offset: 0, data: base64(text) }, asMona)
    const [a, b, again] = await Promise.allSettled([append('aaaa'), append('bbbb'), append('aaaa')])
    expect([a, again]).toMatchObject([{ value: { bytes: 4 } }, { value: { bytes: 4 } }])
    expect(b).toMatchObject({ reason: { code: 'WAQ_CONFLICT', details: { offset: 4 } } })
    const finish = () => it.test.run(finishFile, { fileId }, asMona)
    const [first, second] = await Promise.all([finish(), finish()])
    expect(second).toEqual(first)
    expect(await finish()).toEqual(first)
    expect(readFileSync((await it.files.open(fileId, mona)).path, 'utf8')).toBe('aaaa')
  })

  it('put together give the whole, however they are cut', async () => {
    await using it = await startFiles()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        async (pieces, length) => {
          const fileId = await begin(it)
          let offset = 0
          for (const piece of pieces) {
            const data = Buffer.from(piece).toString('base64')
            offset = (await it.test.run(appendToFile, { fileId, offset, data }, asMona)).bytes
          }
          await it.test.run(finishFile, { fileId }, asMona)
          const read: Buffer[] = []
          for (let at = 0, end = false; !end; ) {
            const piece = await it.test.run(readFile, { fileId, offset: at, length }, asMona)
            read.push(Buffer.from(piece.data, 'base64'))
            expect(read.at(-1)).toHaveLength(piece.bytes)
            at += piece.bytes
            end = piece.end
          }
          expect(Buffer.concat(read)).toEqual(Buffer.concat(pieces))
          expect(await it.test.run(readFile, { fileId, offset: offset + 1 }, asMona)).toEqual({
            data: '',
            bytes: 0,
            end: true,
          })
          await it.test.run(deleteFile, { fileId }, asMona)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('are refused when they are no base64, or too large', async () => {
    await using it = await startFiles()
    const fileId = await begin(it)
    const append = (data: string) => it.test.run(appendToFile, { fileId, offset: 0, data }, asMona)
    for (const data of ['a', 'a*==', '!', 'QQ', Buffer.alloc(CHUNK_BYTES + 3).toString('base64')])
      await expect(append(data)).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    expect(await append(Buffer.alloc(CHUNK_BYTES).toString('base64'))).toEqual({ bytes: CHUNK_BYTES })
  })

  it('are taken up to the limit of a file, and nothing is kept of a larger one', async () => {
    await using it = await startFiles({ maxBytes: 10 })
    const good = await begin(it)
    await it.test.run(appendToFile, { fileId: good, offset: 0, data: base64('1234567890') }, asMona)
    expect(await it.test.run(finishFile, { fileId: good }, asMona)).toMatchObject({ bytes: 10 })
    const bad = await begin(it)
    await it.test.run(appendToFile, { fileId: bad, offset: 0, data: base64('1234567890') }, asMona)
    await expect(
      it.test.run(appendToFile, { fileId: bad, offset: 10, data: base64('1') }, asMona),
    ).rejects.toMatchObject({ code: 'WAQ_BODY_TOO_LARGE', status: 413 })
    expect(it.lying()).toEqual([good])
    await expect(it.test.run(finishFile, { fileId: bad }, asMona)).rejects.toMatchObject({ status: 404 })
  })

  it('of more than twenty files at once are not taken from one person', async () => {
    await using it = await startFiles()
    const ids = await Promise.all(Array.from({ length: 20 }, () => begin(it)))
    await expect(begin(it)).rejects.toMatchObject({ code: 'WAQ_RATE_LIMITED' })
    await it.test.run(createFile, { filename: 'x' }, { principal: omar })
    await it.test.run(deleteFile, { fileId: ids[0]! }, asMona)
    await begin(it)
  })
})

describe('the helpers of the command line', () => {
  it('leave nothing behind, there and here, when a transfer fails', async () => {
    await using it = await startFiles()
    const from = join(dataDirectory(), 'a.txt')
    writeFileSync(from, bytesOf(2 * CHUNK_BYTES))
    const whole = it.client(mona)
    const broken = {
      ...whole,
      async execute(command: string, input: { offset?: number }) {
        if ((input.offset ?? 0) > 0) throw fail('WAQ_STORAGE_FAILED', 'the cable is cut')
        return whole.execute(command, input)
      },
    }
    await expect(uploadFile(broken, from)).rejects.toThrow('the cable is cut')
    expect(it.lying()).toEqual([])

    const { fileId } = await uploadFile(whole, from)
    const to = dataDirectory()
    await expect(downloadFile(broken, fileId, join(to, 'x'))).rejects.toThrow('the cable is cut')
    const short = {
      ...whole,
      execute: async (command: string, input: unknown) => {
        const answer = await whole.execute(command, input)
        return command === 'files.read' ? { ...(answer as object), data: 'QQ==' } : answer
      },
    }
    await expect(downloadFile(short, fileId, join(to, 'x'))).rejects.toThrow('did not arrive whole')
    const stopped = AbortSignal.abort()
    await expect(downloadFile(whole, fileId, join(to, 'x'), { signal: stopped })).rejects.toThrow()
    await expect(uploadFile(whole, from, { signal: stopped })).rejects.toThrow()
    expect(readdirSync(to)).toEqual([])
    expect(it.lying()).toEqual([fileId])
  })
})

describe('closing and reloading', () => {
  it('gives up what is being handed in, and leaves no handle, timer or part behind', async () => {
    const before = snapshot()
    const it = await startFiles()
    const kept = await handIn(it, 'kept')
    await begin(it)
    const standing = snapshot(it.test.kernel)
    const restarted = await it.test.reload((entry) =>
      entry.spec.name === 'files' ? { ...entry, config: { reserveBytes: 0, keepMs: 5 } } : entry,
    )
    expect(restarted).toContain('files')
    expect(it.lying()).toEqual([kept.fileId])
    expect(await leftBehind(standing, () => snapshot(it.test.kernel))).toEqual([])
    await begin(it)
    await it.test.kernel.close()
    expect(it.lying()).toEqual([kept.fileId])
    await expect(it.files.create({ filename: 'x', owner: null })).rejects.toMatchObject({ code: 'WAQ_CLOSED' })
    expect(await leftBehind(before, () => snapshot())).toEqual([])
  })
})

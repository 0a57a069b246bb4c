import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Database } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { finishFile, getFile, listFiles } from './contract.ts'
import { dataDirectory, type FilesTest, person, startFiles } from './fixtures/start-files.ts'
import { Folder } from './folder.ts'
import { FileStore } from './store.ts'
import { StoredFiles } from './stored-files.ts'
import { sweep } from './sweep.ts'

const HOUR = 3_600_000
const mona = person('mona')
const uploading = fileURLToPath(new URL('./fixtures/uploading-child.ts', import.meta.url))

/** Files of their own in the kernel's database and folder, with a clock in the test's hand. */
function withClock(it: FilesTest) {
  const clock = { now: 1_000_000 }
  const store = new FileStore(it.test.service(Database))
  const folder = new Folder(join(it.data, 'files'), 0)
  const files = new StoredFiles({ store, folder, maxBytes: 1_000, keepMs: 24 * HOUR, now: () => clock.now })
  return { clock, files, sweepNow: () => sweep(store, folder, files.uploads, clock.now) }
}

async function handIn(files: StoredFiles, text: string): Promise<string> {
  const upload = await files.begin('a.txt', mona)
  await upload.append(Buffer.from(text))
  return (await upload.finish()).fileId
}

describe('a file whose time is over', () => {
  it('is not there any more, and is removed by the next sweep; one that is kept stays', async () => {
    await using it = await startFiles()
    const { clock, files, sweepNow } = withClock(it)
    const old = await handIn(files, 'old')
    const kept = await handIn(files, 'kept')
    await files.keep(kept)
    clock.now += 12 * HOUR
    const young = await handIn(files, 'young')

    clock.now += 12 * HOUR - 1
    expect(await files.get(old, mona)).toMatchObject({ bytes: 3 })
    clock.now += 1
    await expect(files.get(old, mona)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    await expect(files.keep(old)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    expect((await files.list(mona, { limit: 10 })).items.map((file) => file.fileId)).toEqual([young, kept])
    expect(await sweepNow()).toEqual({ expired: 1, strays: 0, lost: 0 })
    expect(it.lying()).toEqual([kept, young].sort())
    clock.now += 1_000 * HOUR
    expect(await sweepNow()).toEqual({ expired: 1, strays: 0, lost: 0 })
    expect(it.lying()).toEqual([kept])
  })
})

describe('a sweep', () => {
  it('gives up what nobody goes on handing in, and leaves the rest alone', async () => {
    await using it = await startFiles()
    const { clock, files, sweepNow } = withClock(it)
    const left = await files.begin('left', mona)
    const active = await files.begin('active', mona)
    clock.now += HOUR / 2
    await active.append(Buffer.from('a'))
    clock.now += HOUR / 2 + 1
    expect(await sweepNow()).toEqual({ expired: 0, strays: 0, lost: 0 })
    expect(it.lying()).toEqual([`${active.fileId}.part`])
    await expect(left.append(Buffer.from('x'))).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    await active.append(Buffer.from('b'))
    expect(await active.finish()).toMatchObject({ bytes: 2 })
  })

  it('touches nothing that comes and goes meanwhile', async () => {
    await using it = await startFiles()
    const { files, sweepNow } = withClock(it)
    const handing = Array.from({ length: 15 }, (_, i) => handIn(files, String(i)))
    const swept = await Promise.all(Array.from({ length: 15 }, sweepNow))
    const ids = await Promise.all(handing)
    swept.push(await sweepNow())
    for (const result of swept) expect(result).toEqual({ expired: 0, strays: 0, lost: 0 })
    expect(it.lying()).toEqual(ids.sort())
  })

  it('at the start removes what belongs to nothing, and takes what is lost off the list', async () => {
    const data = dataDirectory()
    let kept: string
    let lost: string
    {
      await using it = await startFiles({}, data)
      const handedIn = async () => (await (await it.files.create({ filename: 'a.txt', owner: mona })).finish()).fileId
      kept = await handedIn()
      lost = await handedIn()
    }
    const folder = join(data, 'files')
    rmSync(join(folder, lost))
    writeFileSync(join(folder, 'file_01M88R1A6Y7BQ5AM4DER5JFRJ4.part'), 'half')
    writeFileSync(join(folder, `${kept}.part`), 'half')
    writeFileSync(join(folder, 'stray'), 'x')
    mkdirSync(join(folder, 'directory/inside'), { recursive: true })

    await using it = await startFiles({}, data)
    expect(it.lying()).toEqual([kept])
    const { items } = await it.test.run(listFiles, {})
    expect(items.map((file) => file.fileId)).toEqual([kept])
    expect(it.test.lines.map((line) => line.data)).toEqual(
      expect.arrayContaining([expect.objectContaining({ strays: 4 }), expect.objectContaining({ lost: 1 })]),
    )
  })

  it('that fails is told, and keeps nothing from starting', async () => {
    const data = dataDirectory()
    {
      await using _ = await startFiles({}, data)
    }
    await using it = await startFiles({}, data)
    await (await it.test.service(Database).open('host')).write((tx) => tx.run('ALTER TABLE files RENAME TO elsewhere'))
    await it.test.reload((entry) =>
      entry.spec.name === 'files' ? { ...entry, config: { reserveBytes: 0, keepMs: 5 } } : entry,
    )
    expect(it.test.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('files could not be swept') }),
    )
  })
})

describe('a process that is killed while files are handed in', () => {
  it('has kept every file that it told of, and nothing of the others', async () => {
    const data = dataDirectory()
    const child = spawn(process.execPath, [uploading, data], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    const told: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      told.push(line)
      if (told.length === 25) child.kill('SIGKILL')
    }
    await ended

    await using it = await startFiles({}, data)
    const { items } = await it.test.run(listFiles, { limit: 500 })
    const listed = items.map((file) => file.fileId)
    expect(listed).toEqual(expect.arrayContaining(told))
    expect(it.lying()).toEqual(listed.sort())
    for (const fileId of told) {
      expect(await it.test.run(getFile, { fileId })).toMatchObject({ bytes: 100_000 })
      expect(await it.test.run(finishFile, { fileId })).toMatchObject({ bytes: 100_000 })
    }
  })
})

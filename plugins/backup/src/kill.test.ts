import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { listBackups, makeBackup } from './contract.ts'
import { BackupTest, temporaryDirectory } from './fixtures/start-backup.ts'

const child = fileURLToPath(new URL('./fixtures/endless-child.ts', import.meta.url))
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Kills a process that makes backups as soon as it sees something in their directory. Answers the names it told. */
async function killWhen(data: string, seen: (entries: readonly string[]) => boolean): Promise<string[]> {
  const making = spawn(process.execPath, [child, data], { stdio: ['ignore', 'pipe', 'inherit'] })
  const names: string[] = []
  const lines = createInterface({ input: making.stdout }).on('line', (line) => names.push(line))
  const ended = new Promise((resolve) => lines.once('close', resolve))
  const directory = join(data, 'backups')
  while (making.exitCode === null && !(existsSync(directory) && seen(list(directory)))) await turn()
  making.kill('SIGKILL')
  await ended
  return names
}

// It changes while it is looked at.
function list(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true }) as string[]
  } catch {
    return []
  }
}

describe('kill -9 in the middle of a backup', () => {
  it('leaves every finished one whole, none by halves, and the next one clears up', async () => {
    const data = temporaryDirectory()
    {
      await using before = await BackupTest.start({}, data)
      await (await before.writer('host'))(1, 'x'.repeat(3_000_000))
    }
    const told: string[] = []
    let parts = 0
    const moments = ['.part', 'host.db.part', 'host.db', 'manifest.json']
    // At least once it is killed before what it saw was over: how often that takes is the machine's affair.
    for (let count = 0; count < moments.length || (parts === 0 && count < 40); count++) {
      const moment = moments[count % moments.length]!
      const ends = (it: string) => it.includes('.part') && it.endsWith(moment)
      told.push(
        ...(await killWhen(
          data,
          (entries) => entries.filter((it) => it.endsWith('Z')).length > count && entries.some(ends),
        )),
      )
      parts += readdirSync(join(data, 'backups')).filter((it) => it.endsWith('.part')).length
    }
    await using after = await BackupTest.start({ keep: 1_000 }, data)
    const { items } = await after.test.run(listBackups, { verify: true })
    expect(items.filter((it) => !it.verified)).toEqual([])
    expect(items.map((it) => it.name)).toEqual(expect.arrayContaining(told))
    expect(told.length).toBeGreaterThan(0)
    expect(parts).toBeGreaterThan(0)
    await after.test.run(makeBackup, {})
    expect(readdirSync(join(data, 'backups')).filter((it) => it.endsWith('.part'))).toEqual([])
  })
})

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createSqliteDatabase } from './database.ts'
import { temporaryDirectory } from './fixtures/temporary.ts'

const child = fileURLToPath(new URL('./fixtures/acknowledging-child.ts', import.meta.url))

/** Lets a process write until it has acknowledged `count` rows, then kills it in the act. Answers all it acknowledged. */
async function writeAndKill(directory: string, from: number, count: number): Promise<number[]> {
  const writing = spawn(process.execPath, [child, directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => writing.once('close', resolve))
  const acknowledged: number[] = []
  for await (const line of createInterface({ input: writing.stdout })) {
    acknowledged.push(Number(line))
    if (acknowledged.length === count) writing.kill('SIGKILL')
  }
  await ended
  return acknowledged
}

describe('a process that is killed', () => {
  it('has kept every row that it acknowledged, and nothing by halves', async () => {
    const directory = temporaryDirectory()
    const acknowledged: number[] = []
    for (const [round, count] of [1, 40, 150, 7, 400].entries()) {
      acknowledged.push(...(await writeAndKill(directory, round * 100_000, count)))

      const database = createSqliteDatabase({ directory })
      const file = await database.open('host')
      const sides = await file.all<{ id: number; n: number }>('select id, count(*) n from pairs group by id')
      expect(sides.filter((it) => it.n !== 2)).toEqual([])
      const kept = new Set(sides.map((it) => it.id))
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
      expect(await file.get('select integrity_check from pragma_integrity_check')).toEqual({ integrity_check: 'ok' })
      await database.closeAll()
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(598)
  })
})

import { recordingLogger } from '@waqtor/kernel/testing'
import { describe, expect, it, vi } from 'vitest'
import { storageIn, temporaryDirectory } from './fixtures/temporary.ts'
import { insert, keysOf, openItems } from './testing/support.ts'

describe('a group of writes', () => {
  it('shares one commit among writes that wait together', async () => {
    const file = await openItems(storageIn(temporaryDirectory()))
    const steps: string[] = []
    await Promise.all(
      ['a', 'b', 'c'].map((key) =>
        file.write(async (tx) => {
          steps.push(`${key} runs`)
          tx.afterCommit(() => steps.push(`${key} is committed`))
          await tx.run(insert, [key, 1])
        }),
      ),
    )
    expect(steps).toEqual(['a runs', 'b runs', 'c runs', 'a is committed', 'b is committed', 'c is committed'])
  })

  it('takes in writes that come while it runs, but not without end', async () => {
    const file = await openItems(storageIn(temporaryDirectory()))
    const size = 2_500
    let running = 0
    let largest = 0
    await Promise.all(
      Array.from({ length: size }, () =>
        file.write(async (tx) => {
          running++
          tx.afterCommit(() => {
            largest = Math.max(largest, running)
            running = 0
          })
        }),
      ),
    )
    expect(largest).toBeGreaterThan(1)
    expect(largest).toBeLessThanOrEqual(1_000)
  })

  it('lets the event loop turn between two groups', async () => {
    const file = await openItems(storageIn(temporaryDirectory()))
    let turns = 0
    let left = 50
    const turn = () => {
      turns++
      if (left > 0) setImmediate(turn)
    }
    setImmediate(turn)
    // Each write asks for the next one at once, so that the queue is never empty for long.
    const again = async (): Promise<void> => {
      await file.write(async () => {})
      if (--left > 0) await again()
    }
    await again()
    expect(turns).toBeGreaterThanOrEqual(25)
  })

  it('rejects everybody in it when one statement rolls the whole transaction back', async () => {
    const file = await openItems(storageIn(temporaryDirectory()))
    await file.write((tx) => tx.run(insert, ['a', 1]))
    const results = await Promise.allSettled([
      file.write((tx) => tx.run(insert, ['b', 1])),
      file.write(async (tx) => {
        await tx.run('insert or rollback into items values (?, ?)', ['a', 1]).catch(() => {})
        // Outside of any transaction this would be kept at once.
        await tx.run(insert, ['c', 1]).catch(() => {})
      }),
      file.write((tx) => tx.run(insert, ['d', 1])),
    ])
    expect(results.map((it) => it.status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(results[0]).toMatchObject({
      reason: { code: 'WAQ_STORAGE_FAILED', message: /rolled the whole transaction back/ },
    })
    expect(await keysOf(file)).toEqual(['a', 'd'])
  })

  it('rejects everybody in it when a constraint shows only at the commit', async () => {
    const database = storageIn(temporaryDirectory())
    const file = await openItems(database)
    await file.write((tx) =>
      tx.run('create table notes (key text references items (key) deferrable initially deferred)'),
    )
    const results = await Promise.allSettled([
      file.write((tx) => tx.run(insert, ['a', 1])),
      file.write((tx) => tx.run('insert into notes values (?)', ['missing'])),
    ])
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'WAQ_STORAGE_FAILED', message: /FOREIGN KEY/ } },
      { status: 'rejected', reason: { code: 'WAQ_STORAGE_FAILED' } },
    ])
    expect(await keysOf(file)).toEqual([])
    // It was the writes' fault, not the file's.
    expect(database.states()).toMatchObject([{ state: 'open' }])
    await file.write((tx) => tx.run(insert, ['b', 1]))
    expect(await keysOf(file)).toEqual(['b'])
  })
})

describe('a callback that never ends', () => {
  it('is undone after its time, and the writes behind it go on', async () => {
    const file = await openItems(storageIn(temporaryDirectory(), { callbackLimitMs: 20 }))
    const results = await Promise.allSettled([
      file.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        await new Promise(() => {})
      }),
      file.write((tx) => tx.run(insert, ['b', 1])),
    ])
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'WAQ_TIMEOUT', message: /took more than 20 ms/ } },
      { status: 'fulfilled' },
    ])
    expect(await keysOf(file)).toEqual(['b'])
  })
})

describe('a function that runs after a commit and throws', () => {
  it('is written to the log', async () => {
    const log = recordingLogger()
    const file = await openItems(storageIn(temporaryDirectory(), { log }))
    await file.write(async (tx) =>
      tx.afterCommit(() => {
        throw new Error('no listener today')
      }),
    )
    expect(log.lines).toMatchObject([{ level: 'error', message: expect.stringContaining('no listener today') }])
  })
})

describe('the clock of a test', () => {
  it('does not stop the queue', async () => {
    const file = await openItems(storageIn(temporaryDirectory()))
    vi.useFakeTimers()
    try {
      await file.write((tx) => tx.run(insert, ['a', 1]))
      await file.write((tx) => tx.run(insert, ['b', 1]))
    } finally {
      vi.useRealTimers()
    }
    expect(await keysOf(file)).toEqual(['a', 'b'])
  })
})

import SQLite from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stateOf } from './faults.ts'
import { Fifo } from './fifo.ts'
import { locate } from './locate.ts'
import { StatementCache } from './statement-cache.ts'
import { controlWord } from './statement-kind.ts'

describe('the queue', () => {
  it('gives what was put in, in order, like an array', () => {
    const steps = fc.array(fc.oneof(fc.nat(), fc.constantFrom('shift', 'peek', 'drain')))
    fc.assert(
      fc.property(steps, (plan) => {
        const queue = new Fifo<number>()
        const model: number[] = []
        for (const step of plan) {
          if (typeof step === 'number') {
            queue.push(step)
            model.push(step)
          } else if (step === 'shift') expect(queue.shift()).toBe(model.shift())
          else if (step === 'peek') expect(queue.peek()).toBe(model[0])
          else expect(queue.drain()).toEqual(model.splice(0))
          expect(queue.size).toBe(model.length)
        }
      }),
    )
  })
})

describe('control words', () => {
  const gaps = fc.array(fc.constantFrom(' ', '\n', '\t', ';', '-- commit\n', '/* begin */', '/**/', '--\n'), {
    maxLength: 5,
  })
  const words = ['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'PRAGMA', 'ATTACH', 'DETACH', 'VACUUM']

  it('are found behind any white space and comments, in any case', () => {
    fc.assert(
      fc.property(
        gaps,
        fc.constantFrom(...words),
        fc.boolean(),
        fc.constantFrom('', ' x', ';', '/**/x'),
        (gap, word, lower, rest) => {
          expect(controlWord(gap.join('') + (lower ? word.toLowerCase() : word) + rest)).toBe(word)
        },
      ),
    )
  })

  it('are not seen in ordinary statements', () => {
    const ordinary = [
      'select 1',
      'insert into begin values (1)',
      `select 'commit'`,
      'with x as (select 1) select * from x',
      '',
      '-- begin',
      '/* begin',
      'endless',
      '"begin"',
    ]
    for (const sql of ordinary) expect(controlWord(sql)).toBeUndefined()
  })

  it('are looked for in linear time', () => {
    const hostile = `${'/*'.repeat(100_000)}${'-- \n;'.repeat(100_000)}`
    expect(controlWord(hostile)).toBeUndefined()
  })
})

describe('the statement cache', () => {
  it('prepares a text once and forgets what is not used', () => {
    const db = new SQLite(':memory:')
    const cache = new StatementCache(db, 2)
    const first = cache.get('select 1')
    expect(cache.get('select 1')).toBe(first)
    cache.get('select 2')
    cache.get('select 3')
    expect(cache.get('select 1')).toBe(first)
    for (const sql of ['select 4', 'select 5', 'select 6', 'select 7']) cache.get(sql)
    expect(cache.get('select 1')).not.toBe(first)
    db.close()
  })
})

describe('error codes', () => {
  const coded = (code: string) => Object.assign(new Error(code), { code })

  it.each([
    ['SQLITE_FULL', 'full'],
    ['SQLITE_BUSY', 'locked'],
    ['SQLITE_BUSY_RECOVERY', 'locked'],
    ['SQLITE_LOCKED_SHAREDCACHE', 'locked'],
    ['SQLITE_CORRUPT', 'corrupt'],
    ['SQLITE_NOTADB', 'corrupt'],
    ['SQLITE_IOERR_FSYNC', 'failed'],
    ['SQLITE_CANTOPEN_ISDIR', 'failed'],
    ['SQLITE_READONLY_DBMOVED', 'failed'],
    ['ENOSPC', 'full'],
    // A search index that can be rebuilt, and the caller's own mistakes.
    ['SQLITE_CORRUPT_VTAB', undefined],
    ['SQLITE_CONSTRAINT_UNIQUE', undefined],
    ['SQLITE_ERROR', undefined],
    ['SQLITE_TOOBIG', undefined],
    ['ERR_INVALID_ARG_TYPE', undefined],
  ])('%s means %s', (code, state) => {
    expect(stateOf(coded(code))).toBe(state)
  })

  it('are looked for only in errors', () => {
    for (const thrown of [null, undefined, 'SQLITE_FULL', { code: 'SQLITE_FULL' }, new Error('SQLITE_FULL')]) {
      expect(stateOf(thrown)).toBeUndefined()
    }
    expect(stateOf(Object.assign(coded('EACCES'), { errno: -13 }))).toBe('failed')
  })
})

describe('the place of a file', () => {
  it('is below the data directory for every name that is taken', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('..', '../x', 'a/../../b', 'host', 'shop-1', 'a_b')),
        (name) => {
          let path: string
          try {
            path = locate('/data', name)
          } catch (error) {
            expect(error).toMatchObject({ code: 'WAQ_INPUT_INVALID' })
            return
          }
          expect(path).toMatch(/^\/data\/(host\.db|instances\/[a-z0-9][a-z0-9_-]*\/waqtor\.db)$/)
        },
      ),
    )
  })
})

import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { importRows } from '@waqtor/tabular'
import { scratch } from '../../kit/scratch.ts'
import { residentMb } from './memory.ts'
import { atLeast, below, counted, type Trial } from './trial.ts'

/** Lists of people, honest and not. */
export const lists: Trial = {
  rows: 'B8',
  name: 'lists',
  summary: 'a CSV of a million rows, and files that are made to take long or much',
  async *run({ short }) {
    await using directory = await scratch()
    const rows = short ? 20_000 : 1_000_000
    const path = join(directory.path, 'people.csv')
    await pipeline(Readable.from(people(rows)), createWriteStream(path))
    const before = residentMb(process.pid)
    let most = before
    const started = performance.now()
    let taken = 0
    for await (const batch of importRows(path)) {
      taken += batch.rows.length
      most = Math.max(most, residentMb(process.pid))
    }
    yield counted('rows that were not taken', rows - taken, 0)
    yield atLeast(
      'rows a second, read, decoded, numbers made canonical',
      rows / ((performance.now() - started) / 1_000),
      25_000,
      '/s',
    )
    yield below('memory beyond the beginning', most - before, 150, 'MB')

    const hostile: Readonly<Record<string, () => Generator<string | Buffer>>> = {
      'a million columns': pieces('c,', 1_000_000),
      'a field of 100 MB': pieces('x'.repeat(1_000_000), 100, 'phone,name\n1,"'),
      'a quotation mark that is never closed': pieces('x,y\n', 50_000, 'phone,name\n1,"'),
      'nothing but quotation marks': pieces('"', 5_000_000, 'phone,name\n'),
      'nothing but NUL': pieces('\0'.repeat(1_000), 10_000),
      'nothing but open braces': pieces('{\n', 50_000),
      'an object nested 150,000 deep': pieces('{"a":', 150_000, '{"phone":'),
    }
    for (const [what, content] of Object.entries(hostile)) {
      const file = join(directory.path, `hostile.${what.includes('brace') || what.includes('object') ? 'json' : 'csv'}`)
      await pipeline(Readable.from(content()), createWriteStream(file))
      const began = performance.now()
      let other = 0
      try {
        for await (const _ of importRows(file));
      } catch (error) {
        // A list that cannot be read is refused in our own words.
        if ((error as { code?: string }).code !== 'WAQ_TABLE_INVALID') other++
      }
      yield counted(`failures without a word of ours for ${what}`, other, 0)
      yield below(`time until the end of ${what}`, (performance.now() - began) / 1_000, 10, 's')
    }
  },
}

function* people(count: number): Generator<string> {
  yield 'phone,name,tags,city\n'
  for (let i = 0; i < count; i++)
    yield `+2010${String(i).padStart(8, '0')},Person ${i},"customer, spring",City ${i % 100}\n`
}

/** A text again and again, in larger pieces. */
function pieces(text: string, times: number, first = ''): () => Generator<string> {
  return function* () {
    yield first
    const together = Math.max(1, Math.floor(100_000 / text.length))
    for (let done = 0; done < times; done += together) yield text.repeat(Math.min(together, times - done))
  }
}

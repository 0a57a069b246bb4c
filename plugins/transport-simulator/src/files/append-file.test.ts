import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppendFile } from './append-file.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waqtor-append-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('a file of lines', () => {
  it('grows by whole lines, over its closing', () => {
    const file = new AppendFile(join(directory, 'new', 'lines'))
    file.append(['a', 'b'])
    file.append([])
    file.close()
    file.append(['ج'])
    file.close()
    expect(readFileSync(file.path, 'utf8')).toBe('a\nb\nج\n')
  })

  it('gives half a line that a power cut has left a line of its own', () => {
    const path = join(directory, 'lines')
    writeFileSync(path, 'a\nhal')
    const file = new AppendFile(path)
    file.append(['b'])
    file.close()
    expect(readFileSync(path, 'utf8')).toBe('a\nhal\nb\n')
  })

  it('has no half line after the disk was full', async () => {
    const path = join(directory, 'lines')
    const program = fileURLToPath(new URL('../fixtures/fill-file.ts', import.meta.url))
    // A limit on the size of files stands in for a full disk: the write that crosses it is cut short.
    const limited = ['-c', 'trap "" XFSZ; ulimit -f 4; exec "$0" "$@"', process.execPath, program, path]
    const child = spawn('bash', limited, { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    child.stdout.on('data', (chunk) => {
      told += chunk
    })
    await once(child, 'close')
    const [written, reason] = told.split(' ')
    expect(reason).toBe('EFBIG')
    const text = readFileSync(path, 'utf8')
    expect(text.endsWith('\n')).toBe(true)
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((it) => it.length),
    ).toEqual(Array.from({ length: Number(written) }, () => 100))
  })

  it('does not bring back a directory whose parent is gone', () => {
    const file = new AppendFile(join(directory, 'gone', 'simulator', 'lines'))
    expect(() => file.append(['a'])).toThrow(/ENOENT/)
  })

  it('says so when it cannot be written', () => {
    // A device that is always full.
    const full = new AppendFile('/dev/full')
    expect(() => full.append(['a'])).toThrow(/ENOSPC|EINVAL/)
    full.close()
    expect(() => new AppendFile(directory).check()).toThrow(/EISDIR/)
  })
})

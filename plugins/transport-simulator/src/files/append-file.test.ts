import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

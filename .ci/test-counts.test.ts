import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waqtor-counts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function counts(report: string, exitCode: number) {
  const file = join(folder, 'tests.json')
  writeFileSync(file, report)
  const program = join(import.meta.dirname, 'test-counts.ts')
  const { status, stdout } = spawnSync(process.execPath, [program, file, String(exitCode)], { encoding: 'utf8' })
  return { status, stdout: stdout.trim() }
}

const suite = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((it) => ({ status: it })),
})
const report = (passed: number, failed: number, ...testResults: object[]) =>
  JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults })

describe('test-counts', () => {
  it('tells passed from failed', () => {
    expect(counts(report(2, 1, suite('failed', 'passed', 'passed', 'failed')), 1).stdout).toBe('2 1')
  })

  it('counts a file that could not be loaded', () => {
    expect(counts(report(1, 0, suite('passed', 'passed'), suite('failed')), 1).stdout).toBe('1 1')
  })

  it('counts a run that ended badly although no test failed', () => {
    expect(counts(report(1, 0, suite('passed', 'passed')), 1).stdout).toBe('1 1')
  })

  it('lets a good run pass', () => {
    expect(counts(report(1, 0, suite('passed', 'passed')), 0)).toEqual({ status: 0, stdout: '1 0' })
  })

  it('fails on a report that was cut off', () => {
    expect(counts('{"numPassedTests": 3', 0).status).toBe(1)
  })
})

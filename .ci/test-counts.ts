/**
 * Reads the test run's report and prints two numbers, passed and failed, for `.ci/run`. A file that could not even be
 * loaded counts as a failure, and so does a run that ended badly although no test failed.
 * Usage: node .ci/test-counts.ts <report.json> <exit code of the run>
 */
import { readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { status: string }[] }[]
}

const [file = '', exitCode = '1'] = process.argv.slice(2)
const report: Report = JSON.parse(readFileSync(file, 'utf8'))
const broken = report.testResults.filter(
  (it) => it.status === 'failed' && it.assertionResults.every(({ status }) => status !== 'failed'),
)
const failed = report.numFailedTests + broken.length
console.log(`${report.numPassedTests} ${failed === 0 && exitCode !== '0' ? 1 : failed}`)

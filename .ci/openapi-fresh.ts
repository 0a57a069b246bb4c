/** Compares the checked-in OpenAPI document with the one that the command registry gives now. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeOrCompare } from './generated.ts'
import { root } from './workspace.ts'

const folder = mkdtempSync(join(tmpdir(), 'waqtor-openapi-'))
try {
  const file = join(folder, 'openapi.json')
  const run = spawnSync(process.execPath, ['host/bin/waqtor.js', 'openapi', '--out', file], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 120_000,
  })
  if (run.status === 0) {
    writeOrCompare([{ path: 'sdk/openapi.json', content: readFileSync(file, 'utf8') }], 'pnpm openapi')
  } else {
    process.exitCode = 1
    console.log(`\`waqtor openapi --out ${file}\` ended with ${run.status ?? run.signal}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

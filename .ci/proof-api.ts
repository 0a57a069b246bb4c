/**
 * Proves that no input makes the API fail: requests made from its own OpenAPI document, sent to the real host with the stock
 * config on a data directory of its own. Nothing but the document and the answers is looked at, and the memory of the process.
 *
 *   node .ci/proof-api.ts [--requests 100000] [--seed 1]
 *
 * Ends with 1 at any answer that must not be, and when the process grew by more than 100 MB.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fuzz } from './api-fuzz.ts'
import { root } from './workspace.ts'

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const requests = whole('requests', values.requests)
const seed = whole('seed', values.seed)
/** Until caches are full and code is compiled. */
const warmUp = Math.min(5_000, Math.ceil(requests / 5))
const most = 100

const key = 'a-key-for-the-proof-of-the-api-that-is-long-enough'
const data = mkdtempSync(join(tmpdir(), 'waqtor-proof-api-'))
const port = await freePort()
const flags = ['--max-semi-space-size=4', '--heap-growing-percent=30']
const env = {
  ...process.env,
  WAQTOR_API_KEY: key,
  WAQTOR_DATA: data,
  WAQTOR_PORT: String(port),
  WAQTOR_LOG_LEVEL: 'error',
}
const host = spawn(process.execPath, [...flags, 'host/bin/waqtor.js', 'start'], { cwd: root, env, stdio: 'inherit' })
const over = once(host, 'exit')
const target = { address: `http://127.0.0.1:${port}`, key }
try {
  await ready()
  await fuzz(target, { seed: seed + 1, requests: warmUp, lanes: 16 })
  const before = megabytes('VmRSS')
  const started = performance.now()
  const progress = (sent: number) => {
    if (sent % 5_000 === 0) console.log(`${sent} requests, ${megabytes('VmRSS')} MB`)
  }
  const { sent, resent, byStatus, reached, operations, wrong } = await fuzz(target, {
    seed,
    requests,
    lanes: 16,
    progress,
  })
  const seconds = Math.round((performance.now() - started) / 1_000)
  const after = megabytes('VmRSS')
  console.log(
    `${sent} requests with seed ${seed} in ${seconds} s; ${reached} of ${operations} operations did their work`,
  )
  console.log(`by status: ${JSON.stringify(byStatus)}; ${resent} were sent once more on another connection`)
  console.log(
    `memory: ${before} MB after ${warmUp} requests of warm-up, ${after} MB at the end, ${megabytes('VmHWM')} MB at most`,
  )
  console.log(`${wrong.length} answers that must not be`)
  for (const it of wrong) console.log(`  ${it}`)
  if (wrong.length > 0 || after - before > most || host.exitCode !== null) process.exitCode = 1
} finally {
  host.kill('SIGTERM')
  await over
  rmSync(data, { recursive: true, force: true })
}

async function ready(): Promise<void> {
  for (;;) {
    if (host.exitCode !== null) throw new Error(`the host ended with ${host.exitCode}`)
    const answer = await fetch(`${target.address}/api/v2/instances/default/state`, { headers: { 'X-API-Key': key } })
      .then((it) => it.json() as Promise<{ status?: string }>)
      .catch(() => undefined)
    if (answer?.status === 'ready') return
    await delay(100)
  }
}

function megabytes(what: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))
  return Math.round(Number(kilobytes?.[1] ?? 0) / 1_024)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: free } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return free
}

function whole(name: string, value: string): number {
  if (!/^[1-9]\d{0,7}$/.test(value)) throw new Error(`--${name} is a whole number above zero, not '${value}'`)
  return Number(value)
}

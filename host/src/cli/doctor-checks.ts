import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm, stat, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { type DoctorCheck, messageOf } from '@waqtor/kernel'
import { readHostFile } from '../data/host-file.ts'
import { readHolder, tryLock } from '../data/lock.ts'
import { hostDefaults } from '../options/options.ts'
import { problemLine } from '../problem.ts'
import type { Prepared } from './prepare.ts'

/** What a check found, and what to do where it is not ok. */
export type DoctorResult = Awaited<ReturnType<DoctorCheck['check']>>

const leastNode = [22, 18] as const
const leastFreeBytes = 200 * 1024 * 1024

/** What the host itself can look at. */
export function hostChecks(prepared: Prepared): DoctorCheck[] {
  const directory = prepared.options.data.value
  return [
    { name: 'Node', check: () => nodeVersion(process.versions.node) },
    { name: 'config', check: () => configCheck(prepared) },
    { name: 'data directory', check: () => writable(directory) },
    { name: 'disk space', check: () => freeSpace(directory) },
    { name: 'lock', check: () => lockCheck(directory) },
    { name: 'port', check: () => portCheck(prepared) },
  ]
}

/** @internal Exported for its test. */
export function nodeVersion(version: string): DoctorResult {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const ok = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])
  return {
    ok,
    found: version,
    ...(!ok && { fix: `Install Node ${leastNode.join('.')} or newer; 24 is what WaQtor is made on.` }),
  }
}

function configCheck({ config, problems }: Prepared): DoctorResult {
  if (problems.length === 0 && config) return { ok: true, found: `${config.file}, ${config.entries.length} plugins` }
  return { ok: false, found: problems.map(problemLine).join(' · '), fix: 'See: waqtor check' }
}

async function writable(directory: string): Promise<DoctorResult> {
  const existing = nearestExisting(directory)
  const probe = join(existing, `.waqtor-${randomUUID()}`)
  try {
    await writeFile(probe, 'x', { mode: 0o600, flag: 'wx' })
    await rm(probe)
  } catch (error) {
    return {
      ok: false,
      found: `${existing} cannot be written to: ${messageOf(error)}`,
      fix: 'Give this user the directory, or choose another one with --data or WAQTOR_DATA.',
    }
  }
  if (existing !== directory) return { ok: true, found: `${directory} will be made at the first start` }
  const mode = (await stat(directory)).mode & 0o777
  const open = (mode & 0o077) !== 0
  const found = `${directory}, mode ${mode.toString(8).padStart(4, '0')}`
  return open
    ? { ok: false, found: `${found}: others may look inside`, fix: `chmod 700 ${directory}` }
    : { ok: true, found }
}

async function freeSpace(directory: string): Promise<DoctorResult> {
  const { bavail, bsize } = await statfs(nearestExisting(directory))
  const free = bavail * bsize
  const found = `${Math.round(free / 1024 / 1024).toLocaleString('en')} MB free`
  return free >= leastFreeBytes
    ? { ok: true, found }
    : { ok: false, found, fix: 'Free some space: sending pauses when the disk is full.' }
}

function lockCheck(directory: string): DoctorResult {
  if (!existsSync(directory)) return { ok: true, found: 'no host runs' }
  const lock = tryLock(directory, 'doctor')
  if (lock) {
    lock.release()
    return { ok: true, found: 'no host runs' }
  }
  const holder = readHolder(directory)
  return {
    ok: true,
    found: holder ? `held by process ${holder.pid} (waqtor ${holder.what})` : 'held by another process',
  }
}

async function portCheck({ options, config }: Prepared): Promise<DoctorResult> {
  const http = config?.entries.find((it) => it.spec.name === 'http')
  if (config && !http) return { ok: true, found: 'not needed: the config has no http plugin' }
  const own = http?.spec.config.safeParse(http.config).data as { host?: unknown; port?: unknown } | undefined
  const host = options.host.value ?? (typeof own?.host === 'string' ? own.host : hostDefaults.host)
  const port = options.port.value ?? (typeof own?.port === 'number' ? own.port : hostDefaults.port)
  const problem = await listenOnce(host, port)
  if (!problem) return { ok: true, found: `${host}:${port} is free` }
  const running = readHostFile(options.data.value)
  if (running && URL.parse(running.address)?.port === String(port) && isAlive(running.pid))
    return { ok: true, found: `${host}:${port} is used by the running host` }
  return { ok: false, found: `${host}:${port}: ${problem}`, fix: 'Choose another one with --port or WAQTOR_PORT.' }
}

function listenOnce(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'another program uses it' : error.message),
    )
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : nearestExisting(dirname(path))
}

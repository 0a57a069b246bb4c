import { readFile, statfs } from 'node:fs/promises'
import type { DoctorCheck } from '@waqtor/kernel'
import { findChromium } from './chromium/find.ts'
import { installHint } from './chromium/install.ts'
import { chromiumVersion } from './chromium/version.ts'
import { Options } from './options.ts'

type Result = Awaited<ReturnType<DoctorCheck['check']>>

const MB = 1024 * 1024
/** As much as a page with pictures asks for. */
const leastSharedMemory = 64 * MB

/** What the real transport needs of a machine; the disk, on which the profiles lie as well, the host looks at itself. */
export const doctorChecks: readonly DoctorCheck[] = [
  { name: 'Chromium', check: chromium },
  { name: 'Chromium sandbox', check: async () => sandbox(await facts()) },
  { name: 'shared memory', check: async () => sharedMemory(await freeOf('/dev/shm')) },
]

async function chromium(own: unknown): Promise<Result> {
  const configured = Options.safeParse(own ?? {}).data?.chromium.executablePath
  const found = findChromium({ configured })
  if (!found && configured !== undefined)
    return { ok: false, found: `'${configured}', which the config names, is no program`, fix: installHint }
  if (!found) return { ok: false, found: 'none', fix: `Real accounts need it: ${installHint}` }
  try {
    return { ok: true, found: `${await chromiumVersion(found.path)}, ${found.path}` }
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    return { ok: false, found: `${found.path} does not run: ${why}`, fix: `Repair it, or ${installHint}` }
  }
}

interface SandboxFacts {
  readonly isRoot: boolean
  readonly isLinux: boolean
  /** `null` where the kernel has no such switch. */
  readonly userNamespaces: string | null
}

async function facts(): Promise<SandboxFacts> {
  const read = (path: string) =>
    readFile(path, 'utf8').then(
      (it) => it.trim(),
      () => null,
    )
  const userNamespaces =
    (await read('/proc/sys/kernel/unprivileged_userns_clone')) ?? (await read('/proc/sys/user/max_user_namespaces'))
  return { isRoot: process.getuid?.() === 0, isLinux: process.platform === 'linux', userNamespaces }
}

/** @internal Exported for its test. */
export function sandbox({ isRoot, isLinux, userNamespaces }: SandboxFacts): Result {
  if (!isLinux) return { ok: true, found: 'brought along by the system' }
  if (isRoot) {
    return { ok: true, found: 'off, since this is root: a user of its own for WaQtor would be safer' }
  }
  if (userNamespaces === '0') {
    const fix = 'sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000'
    return { ok: false, found: 'user namespaces are switched off', fix }
  }
  return { ok: true, found: 'user namespaces are allowed' }
}

/** @internal Exported for its test. */
export function sharedMemory(free: number | null): Result {
  if (free === null) return { ok: true, found: 'no /dev/shm: Chromium uses the directory for temporary files' }
  const found = `${megabytes(free)} free in /dev/shm`
  return free >= leastSharedMemory
    ? { ok: true, found }
    : { ok: true, found: `${found}: Chromium is told to do without` }
}

async function freeOf(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return null
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB).toLocaleString('en')} MB`
}

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { messageOf, WaqtorError, z } from '@waqtor/kernel'
import { syncDirectory, writeDurably } from '../data/durable.ts'
import { hostErrorCodes } from '../error-codes.ts'
import type { BackupSource } from './backup-source.ts'
import { notBegun } from './stage.ts'

/**
 * A restore exchanges many files, and no system exchanges them at once. So what is to be moved where is written down
 * first: without that plan everything is as it was, and with it whoever takes the directory next finishes the work.
 */
const Plan = z.object({
  /** Where the backup lay. */
  backup: z.string(),
  /** Where to put what is there, relative to the data directory. */
  aside: z.string(),
  out: z.array(z.string()),
  in: z.array(z.string()),
})
export type Plan = z.output<typeof Plan>

interface Move {
  readonly kind: 'out' | 'in'
  readonly from: string
  readonly to: string
}

/** Where the copies wait; below the data directory, so that they can be moved in without being copied again. */
export const stagingIn = (directory: string): string => join(directory, 'restoring')
const planIn = (directory: string): string => join(directory, 'restore.json')

/** What a restore of these files would put aside: what they replace, and what must not be taken for theirs. */
export function inTheWay(directory: string, files: readonly string[]): string[] {
  const restored = new Set(files.flatMap((it) => /^instances\/([^/]+)\//.exec(it)?.[1] ?? []))
  const list = (folder: string, is: (name: string) => boolean) =>
    existsSync(join(directory, folder))
      ? readdirSync(join(directory, folder))
          .filter(is)
          .map((it) => (folder === '' ? it : `${folder}/${it}`))
      : []
  return [
    ...list('', (it) => it === 'settings' || isOfDatabase(it, 'host.db')),
    // An account that the backup does not know goes as a whole; it would come to life again under its old name.
    ...list('instances', (it) => !restored.has(it)),
    // The outbox knows by its epoch file that its database is the one it left. A restored one never is.
    ...[...restored].flatMap((id) =>
      list(`instances/${id}`, (it) => isOfDatabase(it, 'waqtor.db') || it.startsWith('outbox-epoch')),
    ),
  ]
}

/**
 * Decides on a restore: from here on it happens, whatever happens to this process. The copies are there already.
 * @param out what is put aside
 * @throws WaqtorError WAQ_STORAGE_FULL, WAQ_STORAGE_FAILED when nothing was changed; WAQ_RESTORE_UNFINISHED
 */
export function decide(
  directory: string,
  { path, manifest }: BackupSource,
  out: readonly string[],
  time: number,
): Plan {
  const files = manifest.files.map((it) => it.name)
  try {
    for (const it of foldersOf(files)) syncDirectory(join(stagingIn(directory), it))
    const aside = out.length > 0 ? makeAside(directory, time) : '.'
    const plan = { backup: path, aside, out: [...out], in: files }
    writeDurably(planIn(directory), `${JSON.stringify(plan)}\n`)
    return plan
  } catch (error) {
    // Once the plan can be read, the next one goes by it.
    if (existsSync(planIn(directory))) throw unfinished(directory, path, error)
    rmSync(stagingIn(directory), { recursive: true, force: true })
    throw notBegun(path, directory, error)
  }
}

/**
 * Makes the place for what is put aside: beside the data directory, or inside where nothing can be moved out of it, as
 * from a mounted volume. That an empty directory can be moved there proves that the rest can.
 * @returns its path, relative to the data directory
 */
function makeAside(directory: string, time: number): string {
  const name = `before-restore-${new Date(time).toISOString().replaceAll(/[:.]/g, '-')}`
  const inside = join(directory, name)
  const beside = `${directory}.${name}`
  mkdirSync(inside, { mode: 0o700 })
  try {
    if (existsSync(beside)) return name
    renameSync(inside, beside)
    return relative(directory, beside)
  } catch {
    return name
  }
}

/** Every step, in order. Each can be tried again after it was done. Pure. */
export function movesOf(directory: string, plan: Plan): readonly Move[] {
  const aside = resolve(directory, plan.aside)
  return [
    ...plan.out.map((it) => ({ kind: 'out' as const, from: join(directory, it), to: join(aside, it) })),
    ...plan.in.map((it) => ({ kind: 'in' as const, from: join(stagingIn(directory), it), to: join(directory, it) })),
  ]
}

/** @throws WaqtorError WAQ_RESTORE_UNFINISHED; it goes on when it is tried again */
export function carryOut(directory: string, plan: Plan): void {
  try {
    const moves = movesOf(directory, plan)
    for (const { from, to, kind } of moves) {
      // Either was done before an interruption. What was put aside may be there twice: its successor has its name.
      if (!existsSync(from) || (kind === 'out' && existsSync(to))) continue
      if (existsSync(to)) throw new Error(`'${to}' came there meanwhile; move it away`)
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
      renameSync(from, to)
    }
    for (const it of new Set(moves.flatMap(({ from, to }) => [dirname(from), dirname(to)])))
      if (existsSync(it)) syncDirectory(it)
    syncDirectory(directory)
    rmSync(stagingIn(directory), { recursive: true, force: true })
    rmSync(planIn(directory))
    syncDirectory(directory)
  } catch (error) {
    throw unfinished(directory, plan.backup, error)
  }
}

/**
 * Brings a restore to its end that was interrupted. Called by whoever has just taken the data directory.
 * @returns what there is to tell
 * @throws WaqtorError WAQ_RESTORE_UNFINISHED
 */
export function finishRestore(directory: string): string | undefined {
  const plan = readPlan(directory)
  if (plan) {
    carryOut(directory, plan)
    return `the restore of '${plan.backup}' was interrupted and is finished now; what was there before lies in '${resolve(directory, plan.aside)}'`
  }
  if (!existsSync(stagingIn(directory))) return undefined
  rmSync(stagingIn(directory), { recursive: true, force: true })
  return 'a restore was interrupted before it changed anything: this is what was there before it. Restore again, if you still want to'
}

function readPlan(directory: string): Plan | undefined {
  const path = planIn(directory)
  if (!existsSync(path)) return undefined
  try {
    return Plan.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw unfinished(directory, path, error)
  }
}

function unfinished(directory: string, what: string, cause: unknown): WaqtorError {
  const message = `the restore of '${what}' into '${directory}' is not finished: ${messageOf(cause)}`
  const { status } = hostErrorCodes.WAQ_RESTORE_UNFINISHED
  return new WaqtorError('WAQ_RESTORE_UNFINISHED', message, { phase: 'config', status, cause })
}

/** Folders of these files and those above, relative; the innermost first. */
function foldersOf(files: readonly string[]): string[] {
  const folders = new Set(['.'])
  for (const it of files)
    for (let folder = dirname(it); !folders.has(folder); folder = dirname(folder)) folders.add(folder)
  return [...folders].sort((a, b) => b.length - a.length)
}

function isOfDatabase(name: string, database: string): boolean {
  return ['', '-wal', '-shm', '-journal'].some((it) => name === `${database}${it}`)
}

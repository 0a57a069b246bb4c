import { mkdirSync, statfsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const parent = resolve(import.meta.dirname, '../node_modules/.cache/bench')
/** Of Linux' statfs(2): file systems that live in memory. */
const memory = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
])

export interface Scratch extends AsyncDisposable {
  readonly path: string
}

/** A directory inside the checkout that is gone afterwards. Not in /tmp, which may be memory: a disk is what is measured. */
export async function scratch(): Promise<Scratch> {
  mkdirSync(parent, { recursive: true })
  const kind = memory.get(statfsSync(parent).type)
  if (kind)
    throw new Error(`${parent} is on ${kind}: durable writes cannot be measured in memory; use a checkout on a disk`)
  const path = await mkdtemp(join(parent, 'run-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

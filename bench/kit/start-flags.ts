import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const manifest = resolve(import.meta.dirname, '../../package.json')

/** The flags of Node with which `pnpm start` runs WaQtor: what is measured runs with them, too. */
export function startFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(manifest, 'utf8')) as { scripts: { start: string } }
  return scripts.start.split(' ').filter((it) => it.startsWith('--'))
}

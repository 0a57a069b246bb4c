import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { root } from './workspace.ts'

/** Where tests start Chromium, hosts and networks of their own, or ask the whole stock set everything. */
export const slowFolders = [
  '.ci/',
  'bench/proof/',
  'host/src/',
  'plugins/transport-whatsapp-web/',
  'plugins/whatsapp-web-double/',
]

/** The same files, those of slow folders first, and otherwise in the order that they had. */
export function slowFirst<T extends { readonly moduleId: string }>(files: readonly T[]): T[] {
  const isSlow = (it: T) => slowFolders.some((folder) => relative(root, it.moduleId).startsWith(folder))
  return [...files.filter(isSlow), ...files.filter((it) => !isSlow(it))]
}

/**
 * Vitest knows how long files take only where they ran before, and begins with the large ones elsewhere. The slowest of ours
 * are small: they came last, and one worker waited for the other.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return slowFirst(await super.sort(files))
  }
}

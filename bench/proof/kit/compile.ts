import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Skipped } from '../ordeal.ts'

/** Compiles a C file to a library that can be preloaded (LD_PRELOAD) and answers its path. */
export async function compile(source: string, directory: string): Promise<string> {
  if (process.platform !== 'linux') throw new Skipped('libraries are preloaded on Linux only')
  const library = join(directory, 'preloaded.so')
  try {
    await promisify(execFile)('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, source, '-ldl'])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Skipped('there is no C compiler: apt-get install -y gcc libc6-dev')
  }
  return library
}

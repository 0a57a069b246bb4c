import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const workspace = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

const packages: Readonly<Record<string, string>> = {
  host: 'host',
  kernel: 'kernel',
  contracts: 'plugins/contracts',
  'plugin-auth': 'plugins/auth',
  'plugin-events': 'plugins/events',
  'plugin-http': 'plugins/http',
  'plugin-rest': 'plugins/rest',
  'plugin-storage-memory': 'plugins/storage-memory',
}

/** A directory with a config, as a person has one, in which WaQtor is installed. */
export interface Project extends Disposable {
  readonly directory: string
  readonly config: string
  path(...parts: string[]): string
  write(name: string, text: string): void
}

/** Makes a project that is removed at the end of the scope. */
export function makeProject(files: Readonly<Record<string, string>> = {}): Project {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'waqtor-host-test-')))
  const scope = join(directory, 'node_modules', '@waqtor')
  mkdirSync(scope, { recursive: true })
  for (const [name, folder] of Object.entries(packages)) symlinkSync(join(workspace, folder), join(scope, name))
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  const project: Project = {
    directory,
    config: join(directory, 'waqtor.config.ts'),
    path: (...parts) => join(directory, ...parts),
    write(name, text) {
      mkdirSync(dirname(join(directory, name)), { recursive: true })
      writeFileSync(join(directory, name), text)
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  }
  for (const [name, text] of Object.entries(files)) project.write(name, text)
  return project
}

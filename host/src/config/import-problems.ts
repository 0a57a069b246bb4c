import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isWaqtorError, messageOf } from '@waqtor/kernel'
import { nearestOf } from '../nearest.ts'
import { officialPlugins } from '../official-plugins.ts'
import type { PlacedProblem, Position } from '../problem.ts'
import { ConfigSource } from './source.ts'

interface Importing {
  /** The config file. */
  readonly file: string
  readonly text: string
  /** A path as the person knows it. */
  shown(path: string): string
}

/** What keeps a config from being read, from whatever its import threw. */
export async function problemsOfImport(error: unknown, config: Importing): Promise<PlacedProblem[]> {
  const missing = /^Cannot find (package|module) '([^']+)'(?: imported from '?([^'\n]+?)'?)?(?:\n|$)/.exec(
    messageOf(error),
  )
  const [, kind, wanted = '', importer = config.file] = missing ?? []
  const place = missing ? undefined : placeIn(error)
  const file = missing ? plainPath(importer) : (place?.file ?? config.file)
  const source = await sourceOf(file, config)

  if (source && source.syntaxProblems.length > 0) {
    return source.syntaxProblems.map(({ message, line, column }) => ({
      code: 'WAQ_CONFIG_SYNTAX',
      plugin: 'host',
      message: `the file is not valid: ${message}`,
      fix: 'Correct the line.',
      source: config.shown(file),
      position: { line, column },
    }))
  }
  const base = { plugin: 'host', source: config.shown(file), cause: error }
  if (missing) {
    const target = resolve(dirname(file), plainPath(wanted))
    const position = source?.importOf(
      (it) => it === wanted || it.startsWith(`${wanted}/`) || resolve(dirname(file), it) === target,
    )
    const nearest = kind === 'package' ? nearestOf(wanted, packages) : undefined
    const fix =
      kind === 'module'
        ? 'Correct the path of the import; a file is named with its ending.'
        : nearest && nearest !== wanted
          ? `Did you mean '${nearest}'?`
          : `Install it: pnpm add ${wanted}`
    const what = kind === 'module' ? `there is no file '${config.shown(target)}'` : `there is no package '${wanted}'`
    return [{ ...base, code: 'WAQ_CONFIG_IMPORT', message: what, fix, ...(position && { position }) }]
  }

  const export_ = /requested module '([^']+)' does not provide an export named '([^']+)'/.exec(messageOf(error))
  if (export_) {
    const [, specifier = '', name = ''] = export_
    const position = source?.importOf((it) => it === specifier) ?? place?.position
    const message = `'${specifier}' exports no '${name}'`
    const fix = name === 'default' ? 'Import it by its name: `import { … }`.' : 'Correct the name in the import.'
    return [{ ...base, code: 'WAQ_CONFIG_IMPORT', message, fix, ...(position && { position }) }]
  }
  const position = place?.position
  const syntax = error instanceof SyntaxError
  return [
    {
      ...base,
      code: isWaqtorError(error) ? error.code : syntax ? 'WAQ_CONFIG_SYNTAX' : 'WAQ_CONFIG_THREW',
      message: isWaqtorError(error)
        ? error.message
        : `${syntax ? 'the file is not valid' : 'the code threw'}: ${messageOf(error)}`,
      fix: syntax ? 'Correct the line.' : 'Correct the code at that place; the config runs when it is read.',
      ...(position && { position }),
    },
  ]
}

const packages = ['@waqtor/host', '@waqtor/kernel', '@waqtor/contracts'].concat(
  [...officialPlugins].filter((it) => !it.startsWith('host')).map((it) => `@waqtor/plugin-${it}`),
)

/**
 * The first place that the stack names outside of Node and of what is installed. A syntax error names its file in front of
 * the stack, `file:///x/y.ts?v=1:3`.
 */
function placeIn(error: unknown): { readonly file: string; readonly position: Position } | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const line of stack.split('\n')) {
    const [, path, row, column = '1'] =
      /(?:^|[\s(])((?:file:\/\/)?\/[^\s()?:]+)(?:\?[^\s:]*)?:(\d+)(?::(\d+))?\)?\s*$/.exec(line) ?? []
    if (!path || !row || path.includes('/node_modules/')) continue
    return { file: plainPath(path), position: { line: Number(row), column: Number(column) } }
  }
  return undefined
}

function plainPath(path: string): string {
  return path.startsWith('file:') ? fileURLToPath(path) : path
}

async function sourceOf(file: string, config: Importing): Promise<ConfigSource | undefined> {
  if (!/\.[cm]?[jt]s$/.test(file)) return undefined
  try {
    return new ConfigSource(file === config.file ? config.text : await readFile(file, 'utf8'), file)
  } catch {
    return undefined
  }
}

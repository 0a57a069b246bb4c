import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WaqtorError } from '@waqtor/kernel'
import { shownPath } from '../../config/config-file.ts'
import { exitCodes } from '../../exit-codes.ts'
import { UsageError } from '../arguments.ts'
import { defineBuiltIn } from '../built-in.ts'
import { callingName } from '../calling-name.ts'
import type { Cli } from '../cli.ts'
import { configTemplate, environmentTemplate, packagesOf, type Wishes } from '../init-templates.ts'
import { userPath } from '../world.ts'

export const init = defineBuiltIn({
  name: 'init',
  args: {
    directory: { type: 'positional', description: 'Where; the present directory when absent', required: false },
    port: { type: 'string', description: 'Port to listen on (8080)' },
    country: { type: 'string', description: 'Country of phone numbers without a country code, such as EG' },
    key: {
      type: 'boolean',
      default: true,
      description: 'Put a new API key into .env',
      negativeDescription: 'Make no key',
    },
    yes: { type: 'boolean', description: 'Ask nothing' },
  },
  async run({ args, cli }) {
    const directory = userPath(cli.world, args.directory ?? '.')
    const given = {
      port: portOf(args.port ?? '8080'),
      country: countryOf(args.country),
      key: args.key ?? true,
    }
    const asks = (cli.world.stdin.isTTY ?? false) && (cli.world.stderr.isTTY ?? false) && !args.yes && !cli.out.json
    const wishes = asks
      ? await (await import('../init-questions.ts')).askWishes(given, { port: portOf, country: countryOf })
      : given
    if (!wishes) {
      cli.out.note('nothing was written')
      return exitCodes.failed
    }
    return write(cli, directory, wishes)
  },
})

async function write({ out, world }: Cli, directory: string, wishes: Wishes): Promise<number> {
  await mkdir(directory, { recursive: true })
  const files = [
    { name: 'waqtor.config.ts', text: configTemplate(wishes), mode: 0o644 },
    { name: '.env', text: environmentTemplate(wishes, randomBytes(32).toString('base64url')), mode: 0o600 },
  ]
  const written: string[] = []
  const kept: string[] = []
  for (const { name, text, mode } of files)
    (await writeNew(join(directory, name), text, mode)) ? written.push(name) : kept.push(name)

  if (out.json) out.print(JSON.stringify({ directory, written, kept }))
  else {
    for (const it of written) out.print(`written  ${shownPath(join(directory, it), world.cwd)}`)
    for (const it of kept) out.print(`kept     ${shownPath(join(directory, it), world.cwd)}, which was there already`)
    if (!existsSync(join(directory, 'node_modules', '@waqtor', 'host')))
      out.note(`Install what the config names:  npm install ${packagesOf(wishes).join(' ')}`)
    out.note(`Then start it:  ${callingName(world)} start`)
  }
  return exitCodes.ok
}

/** False when the file is there already. */
async function writeNew(path: string, text: string, mode: number): Promise<boolean> {
  try {
    await writeFile(path, text, { mode, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new WaqtorError('WAQ_DATA_DIRECTORY', `'${path}' cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`a port is a whole number from 0 to 65535, not '${text}'`, 'init')
  return Number(text)
}

function countryOf(text: string | undefined): string | undefined {
  if (!text) return undefined
  if (!/^[A-Za-z]{2}$/.test(text)) throw new UsageError(`a country is two letters, such as EG, not '${text}'`, 'init')
  return text.toUpperCase()
}

import type { Cli } from '../cli/cli.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { prepareDataDirectory } from '../data/data-directory.ts'
import { lockDataDirectory } from '../data/lock.ts'
import type { LogLevel } from '../define-config.ts'
import { createHostLogger } from '../log/host-logger.ts'
import { officialPlugins } from '../official-plugins.ts'
import type { Options } from '../options/options.ts'
import { safeSet } from './safe-mode.ts'
import { Service } from './service.ts'

export interface ServeOptions {
  readonly what: 'start' | 'dev'
  /** `host` and `port`, as text. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly watch: boolean
  readonly safeMode: boolean
  readonly defaultLogLevel: LogLevel
}

/** Runs a host until it is told to stop. Answers the exit code. */
export async function serve(cli: Cli, options: ServeOptions): Promise<number> {
  const { world } = cli
  const {
    config,
    loader,
    options: values,
  } = await cli.prepareWhole({
    flags: options.flags,
    defaultLogLevel: options.defaultLogLevel,
    // Asked for by hand, safe mode also passes over what is wrong with the plugins that it leaves out.
    ...(options.safeMode && { select: (entries) => safeSet(entries, officialPlugins).entries }),
  })
  const directory = values.data.value
  await prepareDataDirectory(directory)
  const lock = await lockDataDirectory(directory, { what: options.what, waitMs: 1_000, signal: cli.stop.signal })
  try {
    const terminal = (world.stdout.isTTY ?? false) && !cli.out.json
    const log = await createHostLogger({
      level: values.logLevel.value,
      pretty: terminal,
      write: (text) => world.stdout.write(text),
      secrets: values.apiKey.value === undefined ? [] : [values.apiKey.value],
    })
    const service = new Service(cli, {
      config,
      loader,
      values,
      log,
      // Beside a log that programs read, people find the welcome on standard error.
      people: cli.out.json ? undefined : terminal ? world.stdout : world.stderr,
      watch: options.watch,
      safeMode: options.safeMode,
      ...(levelIsOpen(values, config) && { defaultLogLevel: options.defaultLogLevel }),
    })
    return await service.run()
  } finally {
    lock.release()
  }
}

/** True when a changed config may change the level: no flag and no variable decides. */
function levelIsOpen({ logLevel }: Options, { name }: LoadedConfig): boolean {
  return logLevel.source === 'default' || logLevel.source === name
}

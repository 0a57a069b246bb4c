import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Inspection } from '@waqtor/kernel'
import { createHostLogger } from '../log/host-logger.ts'
import type { Options } from '../options/options.ts'
import { Host } from '../run/host.ts'
import type { Cli } from './cli.ts'

/** A host for one command alone: nothing listens, and only what is wrong is logged. */
export interface OwnHost extends AsyncDisposable {
  readonly host: Host
}

/**
 * Starts a host on a data directory that the caller holds.
 * @param after runs when it has stopped, or did not come up
 */
export async function startOwnHost(cli: Cli, options: Options, after: () => unknown): Promise<OwnHost> {
  try {
    const { config } = await cli.prepareWhole()
    const { source, value } = options.logLevel
    const log = await createHostLogger({
      level: source === 'default' ? 'warn' : value,
      pretty: (cli.world.stderr.isTTY ?? false) && !cli.out.json,
      write: (text) => cli.world.stderr.write(text),
      secrets: options.apiKey.value === undefined ? [] : [options.apiKey.value],
    })
    const host = new Host(config, { options, log, serve: false })
    await host.start()
    return {
      host,
      async [Symbol.asyncDispose]() {
        try {
          await host.stop()
        } finally {
          await after()
        }
      },
    }
  } catch (error) {
    await after()
    throw error
  }
}

/** As `startOwnHost`, on a directory that is thrown away afterwards. */
export async function startEphemeralHost(cli: Cli): Promise<OwnHost> {
  const { options } = await cli.prepare()
  const directory = await mkdtemp(join(tmpdir(), 'waqtor-'))
  return startOwnHost(cli, { ...options, data: { value: directory, source: 'default' } }, () =>
    rm(directory, { recursive: true, force: true }),
  )
}

/** Starts everything once and tells what was there. */
export async function inspectEphemeral(cli: Cli): Promise<Inspection> {
  await using own = await startEphemeralHost(cli)
  return own.host.kernel.inspect()
}

import { setTimeout as delay } from 'node:timers/promises'
import type { CommandClient } from '@waqtor/contracts'
import { type Kernel, type Principal, WaqtorError } from '@waqtor/kernel'
import { prepareDataDirectory } from '../data/data-directory.ts'
import { readHostFile } from '../data/host-file.ts'
import { readHolder, tryLock } from '../data/lock.ts'
import { nearestOf } from '../nearest.ts'
import type { Cli } from './cli.ts'
import { createHttpClient } from './http-client.ts'
import { type OwnHost, startEphemeralHost, startOwnHost } from './own-host.ts'

/** Whoever may run the command line on a data directory may do everything with it. */
const person: Principal = Object.freeze({
  id: 'cli',
  role: 'admin',
  permissions: new Set(['*']),
  instances: 'all',
})

/** How long to wait for a host that is just starting, or for a command that holds the directory for a moment. */
const patienceMs = 30_000

export interface ConnectOptions {
  readonly ephemeral?: boolean
  readonly patienceMs?: number
}

/** Reaches the commands: of the host on the data directory, or of one that is started for this call. */
export async function connect(cli: Cli, options: ConnectOptions = {}): Promise<CommandClient> {
  if (options.ephemeral) return clientOf(await startEphemeralHost(cli), cli.stop.signal)

  const prepared = await cli.prepare()
  const directory = prepared.options.data.value
  await prepareDataDirectory(directory)
  const deadline = performance.now() + (options.patienceMs ?? patienceMs)
  for (;;) {
    // The lock says whether a host runs; what files say may be left over.
    const lock = tryLock(directory, 'call')
    if (lock) return clientOf(await startOwnHost(cli, prepared.options, () => lock.release()), cli.stop.signal)
    const host = readHostFile(directory)
    const holder = readHolder(directory)
    if (host && holder?.pid === host.pid)
      return createHttpClient({ address: host.address, dataDirectory: directory, signal: cli.stop.signal })
    if (performance.now() > deadline) {
      const who = holder ? `process ${holder.pid} (waqtor ${holder.what})` : 'another process'
      throw new WaqtorError(
        'WAQ_HOST_UNREACHABLE',
        `${who} holds the data directory '${directory}' and serves no HTTP`,
        { status: 503 },
      )
    }
    await delay(50, undefined, { signal: cli.stop.signal })
  }
}

/** The commands of a kernel in this process. */
function clientOf(own: OwnHost, stopped: AbortSignal): CommandClient {
  const { commands } = own.host.kernel
  return {
    hasHost: false,
    execute(command, input, { signal, idempotencyKey } = {}) {
      if (!commands.get(command)) throw unknownCommand(command, commands)
      return commands.execute(command, input ?? {}, {
        principal: person,
        via: 'cli',
        signal: signal ? AbortSignal.any([stopped, signal]) : stopped,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      })
    },
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  }
}

function unknownCommand(command: string, commands: Kernel['commands']): WaqtorError {
  const nearest = nearestOf(
    command,
    commands.list().map((it) => it.id),
  )
  const message = `there is no command '${command}'${nearest ? `; did you mean '${nearest}'?` : ''}`
  return new WaqtorError('WAQ_COMMAND_UNKNOWN', message, { status: 404 })
}

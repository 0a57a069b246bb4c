import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../kit/free-port.ts'

/** `always`: synced before a command is answered. `everysec`: up to a second of answered commands can be lost. */
export type Sync = 'always' | 'everysec'

export interface RunningRedis extends AsyncDisposable {
  readonly port: number
}

/** Where redis-server is; undefined when it is not there and cannot be had, which has been said then. */
export function findRedis(): string | undefined {
  const found = look()
  if (found) return found
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    console.log(
      'redis-server is not installed, so BullMQ is left out. Install it (Debian: apt-get install redis-server) and run again.\n',
    )
    return undefined
  }
  console.log('redis-server is not installed: apt-get install -y redis-server')
  // RUNLEVEL=1 keeps the package from starting a service of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' })
  spawnSync('apt-get', ['install', '-y', '-qq', 'redis-server'], { env, stdio: 'ignore' })
  const installed = look()
  if (!installed)
    console.log('It could not be installed, so BullMQ is left out. Run `apt-get install redis-server` to see why.\n')
  return installed
}

function look(): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** A Redis of our own, with its append-only file in `directory`; it ends with the returned object. */
export async function startRedis(binary: string, directory: string, sync: Sync): Promise<RunningRedis> {
  const port = await freePort()
  const server = spawn(
    binary,
    // biome-ignore format: one option a line
    [
      '--bind', '127.0.0.1',
      '--port', String(port),
      '--dir', directory,
      '--save', '',
      '--appendonly', 'yes',
      '--appendfsync', sync,
    ],
    { stdio: 'ignore' },
  )
  const ended = once(server, 'exit')
  const stop = async () => {
    server.kill('SIGTERM')
    await ended
  }
  try {
    await answering(port)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, [Symbol.asyncDispose]: stop }
}

async function answering(port: number): Promise<void> {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => {
    // The last try tells.
  })
  for (let tries = 200; ; tries--) {
    try {
      await client.connect()
      await client.ping()
      client.disconnect()
      return
    } catch (error) {
      if (tries === 0) throw error
      await delay(25)
    }
  }
}

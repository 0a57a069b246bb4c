import type { CliIo } from '@waqtor/contracts'
import type { Cli } from './cli.ts'
import { connect } from './connect.ts'
import { readSecret } from './read-secret.ts'
import { userPath } from './world.ts'

/** The world as a contributed command sees it. Neither the data directory nor its lock is touched before `connect`. */
export async function createCliIo(cli: Cli): Promise<CliIo> {
  const { world, out, stop } = cli
  const { options } = await cli.prepare()
  return {
    print: (line) => out.print(line),
    note: (line) => out.note(line),
    json: out.json,
    interactive: world.stderr.isTTY ?? false,
    env: world.env,
    readSecret: (question, again) => readSecret(world, question, again),
    resolvePath: (path) => userPath(world, path),
    dataDirectory: options.data.value,
    signal: stop.signal,
    connect: (more) => connect(cli, more),
  }
}

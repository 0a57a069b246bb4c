import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { CliIo, CliProgram } from '@waqtor/contracts'
import { misused } from '@waqtor/contracts/cli-usage'
import { messageOf } from '@waqtor/kernel'
import { NetworkLog } from './files/network-log.ts'
import { parseAddress } from './network/addresses.ts'
import { wellBehaved } from './network/behaviour.ts'
import { systemClock } from './network/clock.ts'
import { type Journal, NoJournal } from './network/journal.ts'
import { VirtualNetwork } from './network/virtual-network.ts'
import { isLoopback, type ListenAddress, parseListenAddress } from './server/listen-address.ts'
import { SimulatorServer } from './server/simulator-server.ts'

const usage = `Usage: waqtor simulator [options]

Runs a virtual WhatsApp network as a process of its own. Connect a host to it with
WAQTOR_SIMULATOR_NETWORK=http://127.0.0.1:9180, or simulator({ network: '…' }) in waqtor.config.ts.

  --listen <host:port>     where to listen (127.0.0.1:9180); port 0 takes a free one
  --log <file>             append one line of JSON for every message that the network accepts
  --seed <text>            starts every draw of the network (waqtor)
  --unregistered <numbers> phone numbers, separated by commas, that are not on WhatsApp
  --help                   show this

While it runs: POST /control, POST /deliver, POST /scan, GET /health, /phones, /chats, /chat`

/** How many messages each phone of a network of its own remembers. */
const HISTORY_LIMIT = 200_000

interface Settings {
  readonly listen: ListenAddress
  readonly log: string | undefined
  readonly seed: string
  readonly unregistered: readonly string[]
}

/** `waqtor simulator …` */
export const cli: CliProgram = {
  async run(argv, io) {
    const settings = read(argv)
    if (settings === 'help') {
      io.print(usage)
      return 0
    }
    if (typeof settings === 'string') {
      return misused({ name: 'simulator', usage: 'See: waqtor simulator --help' }, settings, io)
    }
    try {
      await serve(settings, io)
      return 0
    } catch (error) {
      io.note(`the simulator did not start: ${hint(error, settings)}`)
      return 1
    }
  },
}

/** Answers what is wrong with the arguments as a text. */
function read(argv: readonly string[]): Settings | 'help' | (string & {}) {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { listen: text, log: text, seed: text, unregistered: text, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help) return 'help'
    const listen = parseListenAddress(values.listen ?? '127.0.0.1:9180')
    if (!listen) return `--listen is written <host>:<port>, such as 127.0.0.1:9180, not '${values.listen}'`
    if (values.log === '') return '--log needs the name of a file'
    const numbers = (values.unregistered ?? '').split(',').filter((it) => it.trim() !== '')
    const wrong = numbers.find((it) => !parseAddress(it)?.digits)
    if (wrong !== undefined) return `--unregistered: '${wrong.trim()}' is not a phone number with its country code`
    const unregistered = numbers.map((it) => parseAddress(it)?.digits ?? '')
    return { listen, log: values.log, seed: values.seed ?? 'waqtor', unregistered }
  } catch (error) {
    return messageOf(error)
  }
}

async function serve({ listen, log, seed, unregistered }: Settings, io: CliIo): Promise<void> {
  const journal: Journal = log === undefined ? new NoJournal() : new NetworkLog(io.resolvePath(log))
  const network = new VirtualNetwork({
    clock: systemClock,
    journal,
    identity: randomUUID(),
    behaviour: wellBehaved(seed),
    historyLimit: HISTORY_LIMIT,
    unregistered,
    onProblem: io.note,
  })
  const server = new SimulatorServer(network)
  // From here on: whoever reads where it listens may stop it at once.
  const stop = stopped(io.signal)
  try {
    const address = await server.listen(listen)
    if (!isLoopback(listen)) io.note(`anybody who reaches ${address} can steer the network and read its chats`)
    io.print(io.json ? JSON.stringify({ listening: address, log: log ?? null }) : `simulator listening on ${address}`)
    await stop
    await server.close()
  } finally {
    network.close()
  }
}

/** Resolves at the first signal to stop. */
function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.off(name, stop)
      signal.removeEventListener('abort', stop)
      resolve()
    }
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, stop)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
}

function hint(error: unknown, { listen, log }: Settings): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `port ${listen.port} is taken; choose another one with --listen`
  if (code === 'EACCES' || code === 'EISDIR' || code === 'ENOENT')
    return `${messageOf(error)}; is '${log}' a file that may be written?`
  return messageOf(error)
}

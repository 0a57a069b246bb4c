import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { chromium } from '@waqtor/plugin-transport-whatsapp-web/testing'
import { type DoubleAddress, DoubleProcess } from '@waqtor/whatsapp-web-double'
import { figureOf, ratioOf, show } from '../kit/figures.ts'
import { inOwnProcess } from '../kit/process.ts'
import { inTurns, type Results } from '../kit/rounds.ts'
import { scratch } from '../kit/scratch.ts'
import { startFlags } from '../kit/start-flags.ts'
import { printTable } from '../kit/table.ts'
import type { RoundResult, RoundTask } from './task.ts'

const waqtor = 'WaQtor'
const bare = 'bare, until the network has it'
const hasty = 'bare, until the page has it'

/** The plugin of real accounts beside the library in it, on a double of the page with its network in a third process. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '3' }, texts: { type: 'string', default: '200' } },
  })
  if (!chromium) {
    console.log('left out: there is no Chromium (Debian: apt-get install -y chromium)\n')
    return
  }
  await using double = await DoubleProcess.start()
  const { address, chromiumArgs } = double
  const round = (contestant: string, more: Partial<RoundTask> = {}) =>
    play(contestant, {
      double: { address, chromiumArgs },
      executablePath: chromium!,
      texts: Number(values.texts),
      ...more,
    })
  const results = await inTurns(Number(values.rounds), {
    [waqtor]: () => round('waqtor'),
    [bare]: () => round('bare', { untilAccepted: true }),
    [hasty]: () => round('bare'),
  })
  compareArgs(results)
  console.log(
    'WaQtor: the plugin, through the kernel. Before each text it looks whether the page is connected and has it already; a send\n' +
      'ends once the network has the text, under an id that was known before. Bare: whatsapp-web.js by hand, with the same arguments\n' +
      'for Chromium and Node. Ratios are to the one that waits for the network, too.\n',
  )
  console.log(`${values.texts} texts one after another (${values.rounds} rounds in turns: median, min–max)\n`)
  print(results)
}

type Setting = Omit<RoundTask, 'directory' | 'account'> & { readonly double: DoubleAddress }

async function play(contestant: string, setting: Setting): Promise<RoundResult> {
  await using place = await scratch()
  const task: RoundTask = { ...setting, directory: place.path, account: randomUUID() }
  return await inOwnProcess(import.meta.resolve(`./${contestant}.ts`), task, startFlags())
}

/** Nobody is to save, or lose, by other arguments. */
function compareArgs(results: Results<string, RoundResult>): void {
  const lines = new Set(Object.values(results).flatMap((rounds) => rounds.map((it) => it.chromiumArgs.join(' '))))
  if (lines.size !== 1) throw new Error(`Chromium was not started alike:\n${[...lines].join('\n')}`)
}

function print(results: Results<string, RoundResult>): void {
  const names = Object.keys(results)
  const table = (title: string, columns: Readonly<Record<string, (it: RoundResult) => number>>) =>
    printTable(
      [title, ...Object.keys(columns).flatMap((it) => [it, 'times'])],
      names.map((name) => [
        name,
        ...Object.values(columns).flatMap((of) => {
          const values = results[name]!.map(of)
          return [show(figureOf(values)), show(ratioOf(values, results[bare]!.map(of)))]
        }),
      ]),
    )
  table('', {
    'launch to QR, ms': (it) => it.qrMs,
    'restart to ready, ms': (it) => it.readyMs,
    'the same, missed sync, ms': (it) => it.missedMs,
  })
  table('', {
    'texts/s': (it) => it.perSecond,
    'Chromium MB': (it) => it.chromiumMb,
    'Node MB': (it) => it.nodeMb,
    'both MB': (it) => it.chromiumMb + it.nodeMb,
  })
}

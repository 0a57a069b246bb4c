/**
 * Compares campaigns and their outbox with a model of what docs/delivery.md promises: random sequences of what people, the
 * network and the machine may do, each from a seed of its own, with real SQLite and a clock that only the sequence moves.
 *
 *   node bench/proof/model.ts [--sequences 10000] [--seed 1] [--minutes 120]
 *
 * Ends with 1 at the first sequence that does not agree with the model, and prints it as short as it could be made.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '120' },
  },
})
const exploration = {
  seed: whole('seed', values.seed),
  sequences: whole('sequences', values.sequences),
  limitMs: whole('minutes', values.minutes) * 60_000,
}
const every = 500

const root = new URL('../..', import.meta.url)
const vitest = ['exec', 'vitest', 'run', '--reporter=verbose', 'plugins/campaigns/src/model']
const child = spawn('pnpm', vitest, {
  cwd: root,
  env: { ...process.env, WAQTOR_MODEL_EXPLORATION: JSON.stringify(exploration) },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let ran = 0
for await (const line of createInterface({ input: child.stdout })) {
  const told = /^\{"ran":(\d+)\}$/.exec(line)
  if (told) ran = Number(told[1])
  if (!told) console.log(line)
  else if (ran % every === 0) console.log(`${ran} sequences ran`)
}
const code = await new Promise<number | null>((resolve) =>
  child.exitCode === null ? child.on('exit', resolve) : resolve(child.exitCode),
)
console.log(
  `${ran} of ${exploration.sequences} sequences ran to their end, from seed ${exploration.seed}: ${code === 0 ? 'none diverged' : 'one diverged'}`,
)
process.exitCode = code ?? 1

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} is a whole number above zero, not '${text}'`)
  return Number(text)
}

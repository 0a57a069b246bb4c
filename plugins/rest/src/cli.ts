import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { CliIo } from '@waqtor/contracts'
import { asksForHelp, misused } from '@waqtor/contracts/cli-usage'
import { messageOf } from '@waqtor/kernel'
import { openApi } from './contract.ts'

const usage = 'waqtor openapi [--out <file>]'

/** `waqtor openapi [--out <file>]`. Answers 0, or 2 when it was written wrong. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  if (asksForHelp(argv)) {
    io.print(usage)
    return 0
  }
  let out: string | undefined
  try {
    out = parseArgs({ args: [...argv], options: { out: { type: 'string' } }, strict: true }).values.out
  } catch (error) {
    return misused({ name: 'openapi', usage }, messageOf(error), io)
  }
  // What the config assembles, not what some host happens to run: and the data directory stays as it is.
  await using client = await io.connect({ ephemeral: true })
  const text = JSON.stringify(await client.execute(openApi.id, {}), null, 2)
  if (out === undefined) io.print(text)
  else {
    const path = io.resolvePath(out)
    await writeFile(path, `${text}\n`)
    io.note(`wrote ${path}`)
  }
  return 0
}

import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { CliIo } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { openApi } from './contract.ts'

/** `waqtor openapi [--out <file>]`. Answers 0, or 2 when it was written wrong. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  let out: string | undefined
  try {
    out = parseArgs({ args: [...argv], options: { out: { type: 'string' } }, strict: true }).values.out
  } catch (error) {
    io.note(messageOf(error))
    io.note('waqtor openapi [--out <file>]')
    return 2
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

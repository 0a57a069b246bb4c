import type { Readable, Writable } from 'node:stream'
import { WaqtorError } from '@waqtor/kernel'
import type { World } from './world.ts'

/** Asks for a secret: without showing it where somebody types, else the first line of standard input. */
export async function readSecret(
  { stdin, stderr }: Pick<World, 'stdin' | 'stderr'>,
  question: string,
  again?: string,
): Promise<string> {
  if (stdin.isTTY) return askSecret([question, again], { input: stdin as Readable, output: stderr as Writable })
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/)[0]!
}

/**
 * On a terminal, where each letter is shown as a dot. With a second question, until both answers are the same: what cannot
 * be seen is easily mistyped.
 * @throws WaqtorError WAQ_ABORTED when the person gives up
 */
export async function askSecret(
  [question, again]: readonly [question: string, again?: string | undefined],
  terminal: { readonly input: Readable; readonly output: Writable },
): Promise<string> {
  const { isCancel, log, password } = await import('@clack/prompts')
  const ask = async (message: string): Promise<string> => {
    const typed = await password({ ...terminal, message })
    if (isCancel(typed)) throw new WaqtorError('WAQ_ABORTED', 'nothing was changed')
    return typed ?? ''
  }
  for (;;) {
    const secret = await ask(question)
    if (again === undefined || secret === '' || (await ask(again)) === secret) return secret
    log.warn('The two differ.', terminal)
  }
}

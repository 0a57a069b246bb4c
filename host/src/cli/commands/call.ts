import { exitCodes } from '../../exit-codes.ts'
import { UsageError } from '../arguments.ts'
import { defineBuiltIn } from '../built-in.ts'
import type { Cli } from '../cli.ts'
import { connect } from '../connect.ts'

export const call = defineBuiltIn({
  name: 'call',
  args: {
    command: { type: 'positional', description: 'Its id, for example messages.sendText', required: true },
    input: { type: 'positional', description: 'Its input as JSON; - reads standard input', required: false },
    'idempotency-key': { type: 'string', description: 'Repeats of the call with the same key count once' },
  },
  async run({ args, cli }) {
    const input = await readInput(args.input, cli)
    await using client = await connect(cli)
    const key = args['idempotency-key']
    const answer = await client.execute(args.command, input, key ? { idempotencyKey: key } : {})
    cli.out.answer(JSON.stringify(answer ?? {}, null, 2), answer ?? {})
    return exitCodes.ok
  },
})

async function readInput(text: string | undefined, { world }: Cli): Promise<unknown> {
  let json = text ?? '{}'
  if (json === '-') {
    const chunks: Buffer[] = []
    for await (const chunk of world.stdin) chunks.push(Buffer.from(chunk))
    json = Buffer.concat(chunks).toString('utf8')
  }
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new UsageError(`the input is not JSON: ${(error as Error).message}`, 'call')
  }
}

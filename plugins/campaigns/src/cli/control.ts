import type { CliIo } from '@waqtor/contracts'
import { only, parse } from '@waqtor/contracts/cli-usage'

/** `waqtor campaign pause | resume | cancel <id>` */
export function controlCommand(action: 'pause' | 'resume' | 'cancel') {
  return async (argv: readonly string[], io: CliIo): Promise<number> => {
    const { values, positionals } = parse(argv, { instance: { type: 'string', default: 'default' } })
    const campaignId = only(positionals, 'the id of the campaign')
    await using client = await io.connect()
    const { status } = (await client.execute('campaigns.control', {
      instance: values.instance,
      campaignId,
      action,
    })) as { status: string }
    io.print(io.json ? JSON.stringify({ campaignId, status }) : `${campaignId} is ${status}`)
    return 0
  }
}

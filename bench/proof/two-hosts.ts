import { Campaign } from './kit/campaign.ts'
import { stand } from './kit/stand.ts'
import type { Ordeal } from './ordeal.ts'

/** A second host is started on a data directory that is in use. */
export const twoHosts: Ordeal = {
  name: 'two-hosts',
  summary: 'a second host on the same data directory is refused and told who has it; the first one is not disturbed',
  async *run({ short }) {
    const { recipients, tries } = short ? { recipients: 200, tries: 1 } : { recipients: 5_000, tries: 20 }
    const wrong: string[] = []
    let longest = 0
    await using standing = await stand()
    const { stack } = standing
    await stack.control({ latencyMs: 2 })
    const host = await stack.startHost()
    const campaign = await Campaign.start(stack, { recipients, inFlight: 1 })
    await campaign.goOn(0)
    for (let i = 0; i < tries; i++) {
      const began = performance.now()
      const second = stack.run(['start', '--no-watch'])
      const code = await second.exit()
      longest = Math.max(longest, performance.now() - began)
      const said = second.lines.join('\n')
      if (code === 0) wrong.push('the second host came up')
      if (!said.includes(`process ${host.child.pid}`)) wrong.push(`the second host does not say who has it: ${said}`)
    }
    const verdict = await campaign.settle()
    yield {
      what: `refused in at most ${Math.round(longest)} ms, its start included`,
      blows: tries,
      ...verdict,
      wrong: [...verdict.wrong, ...wrong],
    }
  },
}

import type { Tx } from '@waqtor/contracts'
import { planOf } from '../context.ts'
import type { Plan } from '../rules.ts'
import { selectCampaign } from '../store.ts'

/** The plans of campaigns that are being sent, read once; in the writer's turn, so that nobody changes them while they are read. */
export class Plans {
  readonly #plans = new Map<string, Plan>()

  /** Nothing for a campaign that is gone. */
  async of(tx: Tx, campaignId: string): Promise<Plan | undefined> {
    const key = `${tx.file}/${campaignId}`
    const known = this.#plans.get(key)
    if (known) return known
    const row = await selectCampaign(tx, campaignId)
    if (!row) return undefined
    const plan = planOf(row)
    this.#plans.set(key, plan)
    return plan
  }

  forget(instance: string, campaignId: string): void {
    this.#plans.delete(`${instance}/${campaignId}`)
  }
}

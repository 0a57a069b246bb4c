import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Stack } from '@waqtor/host/testing'
import { allRows, judge, type Row, type Verdict } from './verdict.ts'

export interface CampaignOptions {
  readonly recipients: number
  readonly inFlight: number
}

/** Of what the API shows of a campaign, what the ordeals look at. */
export interface CampaignState {
  readonly status: string
  readonly reason: string | null
  readonly sent: number
  readonly read: number
}

/** The host knows nothing of the campaign any more. */
export class CampaignGone extends Error {
  constructor() {
    super('the host knows nothing of the campaign any more')
  }
}

/** A campaign on trial. */
export class Campaign {
  readonly recipients: readonly string[]
  readonly path: string
  readonly #stack: Stack

  private constructor(stack: Stack, recipients: readonly string[], path: string) {
    this.#stack = stack
    this.recipients = recipients
    this.path = path
  }

  static async start(stack: Stack, { recipients: count, inFlight }: CampaignOptions): Promise<Campaign> {
    const recipients = Array.from({ length: count }, (_, i) => `20100${String(1_000_000 + i)}`)
    const { status, body, text } = await stack.request('POST', '/api/v2/campaigns', {
      name: 'proof',
      template: 'To {{phone}}',
      recipients,
      pacing: { inFlight },
    })
    if (status !== 201) throw new Error(`the campaign was not created: ${text}`)
    const campaign = new Campaign(stack, recipients, `/api/v2/campaigns/${body.campaignId}`)
    const started = await stack.request('POST', `${campaign.path}/start`, {})
    if (started.status >= 300) throw new Error(`the campaign was not started: ${started.text}`)
    return campaign
  }

  async state(): Promise<CampaignState> {
    const { status, body, text } = await this.#stack.request('GET', this.path)
    if (status === 404) throw new CampaignGone()
    if (status !== 200) throw new Error(`the campaign cannot be read: ${text}`)
    return body
  }

  /** True when the network has a message to everybody. */
  async isSent(): Promise<boolean> {
    return new Set((await this.#stack.accepted()).map((it) => it.to)).size >= this.recipients.length
  }

  /** Bytes in the network's log: it grew when something was sent. */
  async logSize(): Promise<number> {
    return (await stat(this.#stack.log).catch(() => undefined))?.size ?? 0
  }

  /** Lets the campaign go on until something was sent since the log had this size; not for ever. */
  async goOn(since: number): Promise<void> {
    const patience = performance.now() + 15_000
    while ((await this.logSize()) <= since && performance.now() < patience) await pause(5)
  }

  /** Errors of the network stop a campaign; here a person says at once that it is to go on. */
  async resumeIfStopped(): Promise<boolean> {
    const { status, reason } = await this.state()
    if (status !== 'paused' || reason === 'held') return false
    await this.resume()
    return true
  }

  async resume(): Promise<void> {
    await this.#stack.request('POST', `${this.path}/control`, { action: 'resume' })
  }

  async pause(): Promise<void> {
    await this.#stack.request('POST', `${this.path}/control`, { action: 'pause' })
  }

  rows(): Promise<Row[]> {
    return allRows(this.#stack, this.path)
  }

  /** Lets the campaign come to its end on a network that behaves, and compares it with the network's log. */
  async settle(limitMs = 180_000): Promise<Verdict> {
    await this.#stack.control({ latencyMs: 0, dropAnswerRate: 0, dropAckRate: 0, refuseRate: 0, hang: false })
    const deadline = performance.now() + limitMs
    while (performance.now() < deadline) {
      const { status, reason } = await this.state()
      if (status === 'completed' || (status === 'paused' && reason === 'held')) break
      await this.resumeIfStopped()
      await pause(100)
    }
    return judge(this.#stack, this.path, this.recipients)
  }
}

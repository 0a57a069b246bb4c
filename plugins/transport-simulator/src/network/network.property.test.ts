import { bodyHash, type SentAnswer } from '@waqtor/contracts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Control } from '../contract.ts'
import { type Line, send, type VirtualRig, virtualRig } from '../fixtures/virtual-rig.ts'
import type { Outcome } from './operations.ts'

const chats = ['201000000001@c.us', '201000000002@c.us', '201000000003@c.us'] as const
const rate = fc.constantFrom(0, 0, 0.3, 1)

type Step =
  | { readonly do: 'send'; readonly chat: number; readonly body: number }
  | { readonly do: 'deliver'; readonly chat: number; readonly body: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'control'; readonly control: Control }
  | { readonly do: 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), chat: fc.nat(2), body: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deliver' as const), chat: fc.nat(2), body: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(0, 5, 40, 31_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('control' as const),
      control: fc.oneof(
        fc.record({ latencyMs: fc.constantFrom(0, 10, 50) }),
        fc.record({ refuseRate: rate }),
        fc.record({ dropAnswerRate: rate }),
        fc.record({ dropAckRate: rate }),
        fc.record({ history: fc.constantFrom('full', 'full', 'delayed', 'empty') }),
        fc.record({ hang: fc.boolean() }),
        fc.record({ restrict: fc.boolean() }),
        fc.record({ disconnect: fc.constantFrom(true, false, 20) }),
        fc.record({ logout: fc.constant(true) }),
        fc.record({ clock: fc.constantFrom(-3_600_000, 0, 3_600_000) }),
      ) as fc.Arbitrary<Control>,
    }),
  },
)

interface Sent {
  readonly id: string
  readonly chatId: string
  readonly body: string
  readonly anchor: string | null | undefined
  readonly notBefore: number
  readonly answer: { readonly outcome: Outcome | undefined }
}

/** A host that sends as WaQtor does, and writes down what it was told. */
class Host {
  readonly sent: Sent[] = []
  readonly rig: VirtualRig
  line: Line
  readonly #lines: Line[] = []
  #count = 0

  constructor(rig: VirtualRig) {
    this.rig = rig
    this.line = this.#open(null)
  }

  async take(it: Step): Promise<void> {
    const { network, clock } = this.rig
    if (it.do === 'advance') await clock.advance(it.ms)
    if (it.do === 'control') network.control(it.control)
    if (it.do === 'deliver') network.deliver({ instance: 'a', from: chats[it.chat]!, text: `body ${it.body}` })
    if (it.do === 'send') this.#send(chats[it.chat]!, `body ${it.body}`)
    if (it.do === 'restart') {
      this.line.session.close()
      this.line = this.#open(this.#pairing())
      await clock.advance(0)
    }
  }

  facts() {
    return this.#lines.flatMap((it) => it.facts)
  }

  look(it: Sent, by: 'id' | 'body'): SentAnswer | undefined {
    const { id, chatId, body, anchor, notBefore } = it
    const query = { do: 'find', chatId, bodyHash: bodyHash(body), notBefore } as const
    const { outcome } = this.line.ask({
      ...query,
      ...(by === 'id' ? { messageId: id } : anchor !== undefined && { anchor }),
    })
    return outcome && 'ok' in outcome ? (outcome.ok as SentAnswer) : undefined
  }

  #send(chatId: string, body: string): void {
    const { outcome } = this.line.ask({ do: 'newest', chatId })
    const anchor = outcome && 'ok' in outcome ? (outcome.ok as string | null) : undefined
    const id = `true_${chatId}_${this.#count++}`
    const notBefore = this.rig.clock.now()
    this.sent.push({ id, chatId, body, anchor, notBefore, answer: this.line.ask(send(chatId, body, id)) })
  }

  #open(pairing: string | null): Line {
    const line = this.rig.open('a', pairing)
    this.#lines.push(line)
    return line
  }

  #pairing(): string | null {
    return this.facts().findLast((it) => it.type === 'ready')?.pairing ?? null
  }
}

it('whatever happens, the network tells no lies about what it accepted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const rig = virtualRig({ ackDelayMs: 20 })
      const host = new Host(rig)
      await rig.clock.advance(0)
      for (const it of steps) {
        await host.take(it)
        const accepted = new Set(rig.log.entries.map((entry) => entry.messageId))
        for (const sent of host.sent) {
          // Absent is a proof: it is never said of a message that the network took.
          if (!accepted.has(sent.id)) continue
          expect(host.look(sent, 'id')?.outcome).not.toBe('absent')
          expect(host.look(sent, 'body')?.outcome).not.toBe('absent')
        }
      }

      // Afterwards everything calms down, and everything can be seen.
      rig.network.control({ hang: false, disconnect: false, history: 'full', clock: 0 })
      await rig.clock.advance(60_000)
      await host.take({ do: 'restart' })
      const times = Map.groupBy(rig.log.entries, (it) => it.messageId)
      for (const sent of host.sent) {
        const { outcome } = sent.answer
        const count = times.get(sent.id)?.length ?? 0
        expect(count).toBeLessThanOrEqual(1)
        if (outcome) expect(count).toBe('ok' in outcome ? 1 : 0)
        const look = host.look(sent, 'id')
        const acks = look?.outcome === 'found' ? look.matches.map((it) => it.ack) : []
        expect(acks.filter((it) => it >= 1)).toHaveLength(count)
      }

      // Acknowledgements only ever grow.
      const acks = host.facts().filter((it) => it.type === 'ack')
      for (const own of Map.groupBy(acks, (it) => it.messageId).values()) {
        const levels = own.map((it) => it.ack)
        expect(levels).toEqual([...new Set(levels)].sort((a, b) => a - b))
      }
      rig.network.close()
    }),
    { numRuns: 150 },
  )
})

import type { Ack } from '@waqtor/contracts'
import fc from 'fast-check'
import type { Model } from '../model.ts'
import type { Conduct } from '../network.ts'
import type { World } from '../world.ts'
import { chats } from './campaigns.ts'
import { step } from './step.ts'

const conduct = fc.constantFrom<Conduct>(
  'accept',
  'accept',
  'accept-silently',
  'accept-silently',
  'answer-later',
  'accept-and-fail',
  'fail',
  'swallow',
  'swallow',
  'turn-up-late',
  'turn-up-late',
  'pend',
  'pend-silently',
  'refuse-by-ack',
  'refused',
  'refused',
  'not-connected',
  'invalid-number',
  'restricted',
)

const inARow = fc.tuple(conduct, fc.integer({ min: 5, max: 8 })).map(([it, times]) => Array<Conduct>(times).fill(it))
export const conducts = fc.oneof(
  { weight: 4, arbitrary: fc.array(conduct, { minLength: 1, maxLength: 6, size: 'max' }) },
  { weight: 1, arbitrary: inARow },
)

export function misbehave(model: Model, { network }: World, next: readonly Conduct[]): void {
  network.next.push(...next)
  if (next.some((it) => it.startsWith('pend'))) model.obstacles.add('pending')
}

const conductStep = conducts.map((next) =>
  step(`the next sends: ${next.join(', ')}`, async (model, world) => misbehave(model, world, next)),
)

const connectStep = fc.constant(0).map(() => step('connect', async (_, world) => world.connect()))
const disconnectStep = fc.constant(0).map(() => step('disconnect', async (_, world) => world.disconnect()))

const logOutStep = fc.constantFrom('logged out', 'restricted').map((reason) =>
  step(`the account is ${reason}`, async (model, world) => {
    if (!world.isConnected) return
    world.disconnect(reason, true)
    model.stopAll()
  }),
)

const pairAnewStep = fc.boolean().map((keepsHistory) =>
  step(`pair anew, ${keepsHistory ? 'with' : 'without'} the chats of before`, async (model, world) => {
    world.disconnect()
    world.network.pairAnew(keepsHistory)
    model.obstacles.add('paired-anew')
    world.connect()
  }),
)

const historyStep = fc.constantFrom(false, false, true).map((isReadable) =>
  step(`the history is ${isReadable ? 'readable' : 'unreadable'}`, async (model, { network }) => {
    network.isReadable = isReadable
    if (!isReadable) model.obstacles.add('unreadable')
  }),
)

const ackStep = fc
  .tuple(fc.nat({ max: 50 }), fc.array(fc.constantFrom<Ack>(0, 1, 2, 3, 4), { minLength: 1, maxLength: 4 }))
  .map(([pick, acks]) =>
    step(`acknowledge message ${pick} with ${acks.join(', ')}`, async (_, world) => {
      const { record } = world.network
      if (record.length === 0) return
      const { messageId } = record[pick % record.length]!
      for (const it of acks) world.network.acknowledge(messageId, it)
      await world.report(messageId, acks)
    }),
  )

const releaseStep = fc.tuple(fc.boolean(), fc.boolean()).map(([accepted, told]) =>
  step(
    `what waits in the page is ${accepted ? 'accepted' : 'given up'}${told ? '' : ' in silence'}`,
    async (_, world) => {
      for (const id of world.network.release(accepted)) if (told) await world.report(id, [accepted ? 1 : -1])
    },
  ),
)

const answerStep = fc
  .integer({ min: 1, max: 4 })
  .map((count) => step(`${count} late answers`, async (_, { network }) => network.answer(count)))

const optOutStep = fc
  .nat({ max: chats.length - 1 })
  .map((who) => step(`${who} opts out`, async ({ optedOut }) => void optedOut.add(chats[who]!)))

export const networkSteps = [
  conductStep,
  conductStep,
  conductStep,
  conductStep,
  conductStep,
  connectStep,
  connectStep,
  connectStep,
  disconnectStep,
  disconnectStep,
  logOutStep,
  pairAnewStep,
  historyStep,
  historyStep,
  ackStep,
  releaseStep,
  answerStep,
  optOutStep,
]

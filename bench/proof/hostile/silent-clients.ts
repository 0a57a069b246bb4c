import { scratch } from '../../kit/scratch.ts'
import { Stage } from '../../realtime/stage.ts'
import { atLeast, below, counted, type Trial } from './trial.ts'

/** Clients that listen to a channel and do not read what they are told. */
export const silentClients: Trial = {
  rows: 'E4',
  name: 'silent-clients',
  summary: '100 clients that never read, beside ten that do, at 1,000 events a second for a minute',
  async *run({ short }) {
    const silent = short ? 10 : 100
    const reading = 10
    const seconds = short ? 5 : 60
    const perSecond = 1_000
    await using place = await scratch()
    await using stage = await Stage.open('waqtor', place.path, silent + reading, silent)
    const order = {
      what: 'plain',
      events: seconds * perSecond,
      perSecond,
      bytes: short ? 8_000 : 1_000,
      mostAtOnce: 50,
    } as const
    const { dropped, connections, frames, rssMost, rssBefore, p99Ms, seconds: took } = await stage.emit(order)
    const rate = Math.round(order.events / took)
    const left = Math.max(silent - dropped, connections - reading, 0)
    yield counted(
      `of ${silent} clients that do not read, those that were not dropped, at ${rate} events a second`,
      left,
      0,
    )
    // Of the machine: on a busy one they may fall behind for want of a core, as those do that do not read.
    yield atLeast('clients that read, and are connected at the end', connections, reading, 'of 10')
    yield atLeast('events that came to those that read', frames, order.events * reading, `of ${order.events * reading}`)
    yield below('memory of the host beyond its beginning', (rssMost - rssBefore) / 1_000_000, 150, 'MB')
    yield below('the slowest but one in a hundred to those that read', p99Ms, 100, 'ms')
  },
}

import { Database, EventLog } from '@waqtor/contracts'
import { defineEvent, definePlugin, type Principal, z } from '@waqtor/kernel'
import { testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { expect, it } from 'vitest'
import events, { listReaders } from './index.ts'
import { readerMetrics } from './metrics.ts'

const Noted = defineEvent('test.noted', {
  kind: 'recorded',
  permission: 'test:read',
  scope: 'instance',
  schema: z.object({}),
})
const witness = definePlugin({ name: 'witness', config: z.object({}), events: [Noted], setup() {} })

it('how far each reader has come in each log is told to those who reach the account', async () => {
  await using test = await testKernel({ plugins: [memory(), events(), witness()] })
  const log = test.service(EventLog)
  const file = await test.service(Database).open('shop')
  await log.attach('shop')
  let broken = true
  const undo = [
    log.read({ name: 'quick', handle: async () => {} }),
    log.read({
      name: 'slow',
      handle: async () => {
        if (broken) throw new Error('not now')
      },
    }),
  ]
  await file.write((tx) => log.recordAll(tx, Noted, [{}, {}, {}]))
  const shop = async () => (await test.run(listReaders, {})).items.filter((it) => it.log === 'shop')
  await expect.poll(shop).toEqual([
    { reader: 'quick', log: 'shop', through: 3, lag: 0 },
    { reader: 'slow', log: 'shop', through: 0, lag: 3 },
  ])
  expect(readerMetrics.series[0]!.read((await test.run(listReaders, {})) as never)).toContainEqual({
    value: 3,
    labels: { reader: 'slow', log: 'shop' },
  })

  const depot: Principal = {
    id: 'k',
    role: 'scoped',
    permissions: new Set(['system:read']),
    instances: new Set(['depot']),
  }
  const { items } = await test.run(listReaders, {}, { principal: depot })
  expect(new Set(items.map((it) => it.log))).toEqual(new Set(['host']))
  broken = false
  await expect.poll(shop).toMatchObject([{ lag: 0 }, { lag: 0 }])
  await Promise.all(undo.map((it) => it()))
  expect(await shop()).toEqual([])
})

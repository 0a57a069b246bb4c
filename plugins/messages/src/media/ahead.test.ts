import { recordingLogger } from '@waqtor/kernel/testing'
import { expect, it } from 'vitest'
import { Ahead } from './ahead.ts'

it('holds up nobody who closes while a file is being fetched', async () => {
  const never = Promise.withResolvers<void>()
  const log = recordingLogger()
  const asked: string[] = []
  const ahead = new Ahead((id) => {
    asked.push(id)
    return never.promise
  }, log)
  ahead.want(['m1', 'm2'])
  await ahead.close()
  ahead.want(['m3'])
  never.reject(new Error('too late for anybody'))
  await Promise.resolve()
  expect(asked).toEqual(['m1'])
  expect(log.lines).toEqual([])
})

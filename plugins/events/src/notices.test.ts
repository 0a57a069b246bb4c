import { expect, test } from 'vitest'
import { configNotice, pluginNotice, storageFailedNotice, storageRecoveredNotice } from './notices.ts'

test('a fault names its plugin, where one is known', () => {
  const say = (plugin: string | null) =>
    pluginNotice.say({ plugin, phase: 'event', message: 'it threw' } as never, null)
  expect(say('shop')).toMatchObject({ type: 'error', title: "Plugin 'shop' failed", fields: { plugin: 'shop' } })
  expect(say(null)).toMatchObject({
    title: 'Something failed',
    message: 'it threw. The others go on; the log has more.',
  })
})

test('a config that was refused is told with what is wrong with it, one that was taken over is not', () => {
  const say = (ok: boolean, problems: string[]) => configNotice.say({ ok, restarted: [], problems } as never, null)
  expect(say(true, [])).toBeUndefined()
  expect(say(false, ['one.', 'two.'])!.message).toBe('The host goes on with the one before. one. two.')
  expect(say(false, ['one.'])).toMatchObject({ key: 'config.refused', fields: { problems: 'one.' } })
  expect(say(false, [])!.message).toContain('The log says why.')
})

test('a file that cannot be used is told with what to do about it', () => {
  const say = (name: string, state: string) => storageFailedNotice.say({ name, state, since: 0 } as never, null)!
  expect(say('host', 'full').message).toBe(
    "There is no room for the host's database. Free some disk space: sending waits until then, and goes on by itself.",
  )
  expect(say('shop', 'locked').message).toMatch(/^Another program holds the database of the account 'shop'\. Close it/)
  expect(say('shop', 'corrupt').message).toContain('waqtor restore <backup>')
  expect(say('shop', 'failed').message).toContain('Look at the disk')
  const states = ['full', 'locked', 'corrupt', 'failed']
  expect(new Set(states.map((state) => say('shop', state).title)).size).toBe(states.length)
  expect(say('shop', 'locked').fields).toEqual({ name: 'shop', state: 'locked' })
  const over = { name: 'shop', state: 'failed', since: 0, until: 60_000 }
  expect(storageRecoveredNotice.say(over as never, null)!.message).toBe(
    "It can be written again: the database of the account 'shop'. It was failing from 1970-01-01 00:00:00 UTC to 1970-01-01 00:01:00 UTC.",
  )
})

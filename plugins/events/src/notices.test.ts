import { expect, test } from 'vitest'
import { configNotice, pluginNotice } from './notices.ts'

test('a fault names its plugin, where one is known', () => {
  const say = (plugin: string | null) =>
    pluginNotice.say({ plugin, phase: 'event', message: 'it threw' } as never, null)
  expect(say('shop')).toMatchObject({ type: 'error', title: "Plugin 'shop' failed" })
  expect(say(null)).toMatchObject({
    title: 'Something failed',
    message: 'it threw. The others go on; the log has more.',
  })
})

test('a config that was refused is told with what is wrong with it, one that was taken over is not', () => {
  const say = (ok: boolean, problems: string[]) => configNotice.say({ ok, restarted: [], problems } as never, null)
  expect(say(true, [])).toBeUndefined()
  expect(say(false, ['one.', 'two.'])!.message).toBe('The host goes on with the one before. one. two.')
  expect(say(false, [])!.message).toContain('The log says why.')
})

import { expect, it } from 'vitest'
import { incidentFrames } from './incidents.ts'

it('a page that is not linked hears nothing of what happens to accounts', () => {
  const control = { logout: true, conflict: true, disconnect: true, restrict: true, reload: 2 } as const
  expect(incidentFrames(control, false)).toEqual([{ type: 'command', command: 'reload', count: 2, everyMs: 0 }])
  expect(incidentFrames(control, true).map((it) => it.type)).toEqual(['state', 'ended', 'ended', 'unlinked', 'command'])
})

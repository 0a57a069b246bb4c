import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { groupsWithArgument, memoryOf, parsePss, parseStat, processesOfGroup } from './proc.ts'
import { killGroup, usageOf } from './process-group.ts'

it('reads what the system tells of a process, whatever its name', () => {
  expect(parseStat('12 (a b) c) S 1 34 34 0')).toEqual({ pid: 12, group: 34, isZombie: false })
  expect(parseStat('13 (x) Z 1 34 34 0')).toMatchObject({ isZombie: true })
  expect(parseStat('')).toBeUndefined()
})

it('reads what a process takes of the memory', () => {
  expect(parsePss('55d0 rollup\nRss:  900 kB\nPss:   382 kB\nPss_Dirty: 1 kB\n')).toBe(382 * 1024)
  expect(parsePss('')).toBe(0)
})

it.skipIf(process.platform !== 'linux')('finds the processes of a group, and ends exactly them', async () => {
  const mark = `--mark-of-a-test=${process.pid}`
  // It ends by itself, should an expectation fail before it is ended.
  const program = "process.stdout.write('up'); setTimeout(() => {}, 60_000)"
  const child = spawn(process.execPath, ['-e', program, '--', mark], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  const group = child.pid!
  expect(await groupsWithArgument((it) => it === mark)).toEqual([group])
  expect(await processesOfGroup(group)).toEqual([group])
  expect(await memoryOf(group)).toBeGreaterThan(1_000_000)
  expect(await usageOf(group)).toMatchObject({ processes: 1 })
  const gone = once(child, 'exit')
  killGroup(group)
  await gone
  expect(await usageOf(group)).toBeNull()
  // Gone already, and never this process or everybody's.
  killGroup(group)
  killGroup(0)
  killGroup(1)
})
